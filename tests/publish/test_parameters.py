from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from pfkit.errors import ParameterError
from pfkit.publish import parameters

GIVEN = {"book": "books/atlas", "period": "2026-06"}


def test_a_product_code_stays_text() -> None:
    asked = parameters.check("monthly", GIVEN | {"product": "007"})
    assert asked.product == "007"
    assert asked.for_notebook()["product"] == "007"


def test_a_number_as_product_is_refused_with_the_reason() -> None:
    with pytest.raises(
        ParameterError, match="7 is int, not text\n  -> Codes are text: write '007'"
    ):
        parameters.check("monthly", GIVEN | {"product": 7})


def test_an_unknown_name_is_refused_with_the_near_miss() -> None:
    with pytest.raises(ParameterError) as caught:
        parameters.check("monthly", GIVEN | {"perod": "2026-06"})
    assert str(caught.value) == (
        "the monthly report: 'perod' is not a parameter\n"
        "  -> The closest known parameter is 'period'."
    )


def test_a_name_that_is_code_is_refused() -> None:
    with pytest.raises(ParameterError, match="is not a parameter"):
        parameters.check("monthly", GIVEN | {"x = __import__('os').system('ls') #": "1"})


def test_an_unknown_report_is_refused() -> None:
    with pytest.raises(ParameterError, match="The closest known report is 'monthly'"):
        parameters.check("montly", GIVEN)


@pytest.mark.parametrize("missing", ["book", "period"])
def test_a_missing_parameter_is_named(missing: str) -> None:
    with pytest.raises(ParameterError, match=f"{missing} is missing\n  -> Give it as --{missing}"):
        parameters.check("monthly", {k: v for k, v in GIVEN.items() if k != missing})


@pytest.mark.parametrize(
    ("kind", "period"),
    [
        ("monthly", "2026Q2"),
        ("monthly", "2026-13"),
        ("monthly", "2026-6"),
        ("quarterly", "2026-06"),
    ],
)
def test_a_period_must_fit_the_report(kind: str, period: str) -> None:
    with pytest.raises(ParameterError, match=f"'{period}' is not a"):
        parameters.check(kind, {"book": "b", "period": period})


def test_a_date_is_read_or_refused() -> None:
    asked = parameters.check("monthly", GIVEN | {"as_of": "2026-07-04"})
    assert asked.as_of == dt.date(2026, 7, 4)
    assert parameters.check("monthly", GIVEN | {"as_of": dt.date(2026, 7, 4)}) == asked
    with pytest.raises(ParameterError, match="'4 July' is no day\n  -> Write it as"):
        parameters.check("monthly", GIVEN | {"as_of": "4 July"})


@pytest.mark.parametrize("value", ["a\nimport os", "a\x00b", "a\u202eb", "\ud800", "", "   "])
def test_a_value_that_does_not_print_is_refused(value: str) -> None:
    with pytest.raises(ParameterError, match="parameter product"):
        parameters.check("monthly", GIVEN | {"product": value})


def test_a_value_is_no_code_in_the_notebook() -> None:
    from papermill.translators import PythonTranslator

    hostile = 'a"); import os; ("\\'
    asked = parameters.check("monthly", GIVEN | {"product": hostile})
    written = PythonTranslator.codify({"product": asked.product})
    found: dict[str, object] = {}
    exec(compile(written, "cell", "exec"), {}, found)  # noqa: S102 - what the kernel would do
    assert found == {"product": hostile}


def test_paths_become_absolute_and_readers_see_none() -> None:
    asked = parameters.check("monthly", GIVEN | {"data": Path("raw")})
    assert asked.book.is_absolute()
    assert asked.data == Path("raw").absolute()
    told = asked.for_readers("atlas")
    assert told["book"] == "atlas"
    assert told["data"] == "data"


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        ("Data Platform", "data-platform"),
        ("../../etc/passwd", "etc-passwd"),
        ("007", "007"),
        ("Größe", "grosse"),
        ("日本", "x65e5-672c"),
    ],
)
def test_a_product_names_a_folder_and_never_a_path(text: str, folder: str) -> None:
    assert parameters.slug(text) == folder
