from __future__ import annotations

import pytest
from pydantic import ValidationError

from pfkit.conform.shape import Hierarchy, Unpivot


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "either `columns`"),
        ({"columns": ("Jan",), "pattern": "x"}, "not both"),
        ({"pattern": "("}, "no regular expression"),
        ({"pattern": "(?P<value>x)"}, "which `into` or `value` names too"),
    ],
)
def test_an_unpivot_says_how_its_columns_are_found(said: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Unpivot.model_validate(said)


def test_a_pattern_fits_the_whole_name_and_gives_its_parts() -> None:
    columns = Unpivot(pattern=r"(?P<what>\w+) (?P<year>\d{4})( .*)?")
    assert columns.parts(" Approved 2019 ") == {"what": "Approved", "year": "2019"}
    assert columns.parts("Approved 19") is None
    assert columns.part_names == ("what", "year")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({}, "say where a row stands"),
        ({"parent": "Parent", "level": "L"}, "needs `code`"),
        ({"path": ("A", "B"), "code": "Code"}, "not both"),
        ({"code": "Code", "widths": (1, 2)}, "needs `padding`"),
        ({"code": "Code", "parent": "P", "padding": "0"}, "how codes begin"),
        ({"code": "Code", "keep": "roots"}, "keep"),
        ({"code": "Code", "padding": "00"}, "padding"),
    ],
)
def test_a_hierarchy_says_where_a_row_stands(said: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Hierarchy.model_validate(said)
