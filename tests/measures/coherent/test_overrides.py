from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError
from pfkit.measures.coherent.hierarchy import history_of
from pfkit.measures.coherent.overrides import Override, cells_of, overrides_of, possible
from pfkit.measures.coherent.spans import spans_of

if TYPE_CHECKING:
    from pfkit.measures.coherent.history import History
    from pfkit.measures.coherent.spans import Spans

BY = ["family", "product"]
WHO = {"entered_by": "Ines Moreau", "reason": "A tender was won"}


def _made(*, year_start: int = 1) -> tuple[History, Spans]:
    months = [f"2026-{month:02d}" for month in range(1, 10)]
    named = [("A", "x"), ("A", "y"), ("B", "z"), ("B", "x")]
    table = pd.concat(
        pd.DataFrame({"family": family, "product": product, "period": months, "amount": 1.0})
        for family, product in named
    )
    history = history_of(table, by=BY, value=None, freq=None, crossed=False)
    spans = spans_of(history.end, 6, season=12, year_start=year_start, whole=True, begun=False)
    return history, spans


def _read(*lines: dict[str, object], year_start: int = 1) -> list[Override]:
    history, spans = _made(year_start=year_start)
    return overrides_of(pd.DataFrame(list(lines)), history, spans, year_start=year_start)


def _line(**said: object) -> dict[str, object]:
    return {"override": "O-1", "family": "A", "period": "2026-10", "value": 5.0} | WHO | said


def test_an_override_names_a_node_and_a_period() -> None:
    history, _ = _made()
    (one,) = _read(_line(product="y"))
    assert history.tree.labels[one.node] == ("A", "y")
    assert (one.span.label, one.kind, one.asked, one.state) == ("2026-10", "value", 5.0, "held")
    (two,) = _read(_line(family="", product="y"))
    assert two.node == one.node
    (whole,) = _read(_line(family=None))
    assert whole.node == 0


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ({"until": "2026-08"}, "expired"),
        ({"until": "2026-09"}, "held"),
        ({"until": "2026Q3"}, "held"),
        ({"until": "2026-08-31"}, "expired"),
        ({"period": "2026-09"}, "past"),
        ({"period": "2026Q4"}, "held"),
        ({"period": "FY2026"}, "held"),
        ({"period": "2027-04"}, "beyond"),
        ({"period": "2027Q2"}, "beyond"),
    ],
)
def test_what_is_over_or_beyond_is_not_applied(said: dict[str, object], state: str) -> None:
    assert [one.state for one in _read(_line(**said))] == [state]


def test_the_last_known_line_of_an_override_counts_and_a_closed_one_does_not() -> None:
    first = _line(known_on="2026-09-01", value=5.0)
    later = _line(known_on="2026-09-20", value=7.0)
    assert [one.asked for one in _read(later, first)] == [7.0]
    closed = _line(known_on="2026-09-21", status="closed")
    assert _read(later, first, closed) == []


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ({"reason": ""}, r"overrides \(O-1\): reason is empty"),
        ({"entered_by": None}, r"overrides \(O-1\): entered_by is empty"),
        ({"value": None}, "it asks for nothing"),
        ({"factor": 2.0}, "it asks for value and factor"),
        ({"value": float("inf")}, "value inf is no finite number"),
        ({"period": "soon"}, "period 'soon' is no period of this forecast"),
        ({"until": "later"}, "until 'later' is no period of this forecast"),
        ({"family": "AB"}, "'AB' is no series and no sum of this forecast"),
        ({"family": "", "product": "x"}, "it may mean 'A · x' and 'B · x'"),
    ],
)
def test_an_override_that_says_too_little_is_refused(said: dict[str, object], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        _read(_line(**said))


def test_a_year_that_has_begun_is_held_whole() -> None:
    history, spans = _made()
    stand = _read(_line(period="FY2026", value=60.0), _line(override="O-2", change=6.0, value=None))
    cells = cells_of(stand, history, spans, np.full((4, 6), 2.0))
    # family A had 9 months of 2; three months are left
    assert cells[0].value == 60 - 18
    assert cells[0].periods.tolist() == [0, 1, 2]
    assert cells[1].value == 4 + 6
    (factor,) = cells_of(
        _read(_line(period="FY2026", value=None, factor=2.0)), history, spans, np.full((4, 6), 2.0)
    )
    assert factor.value == (18 + 12) * 2 - 18


def _possible(*lines: dict[str, object], bounded: bool = True) -> None:
    history, spans = _made()
    stand = _read(*lines)
    cells = cells_of(stand, history, spans, np.full((4, 6), 2.0))
    possible(stand, cells, history.tree, (4, 6), np.full(4, bounded))


def test_two_overrides_that_contradict_are_both_named() -> None:
    both = (
        r"override 'O-1' \(A, 2026-10: value 5\) and override 'O-2' \(A, 2026-10: value 6\) "
        "contradict each other"
    )
    with pytest.raises(ContractError, match=both) as told:
        _possible(_line(), _line(override="O-2", value=6.0))
    assert "Ines" not in str(told.value)


def test_parts_that_exceed_a_sum_contradict_it_where_nothing_is_negative() -> None:
    part = _line(override="O-2", product="y", value=6.0)
    with pytest.raises(ContractError, match=r"'O-1'.*'O-2'.*contradict"):
        _possible(_line(), part)
    _possible(_line(), part, bounded=False)


def test_a_month_that_exceeds_its_quarter_contradicts_it() -> None:
    with pytest.raises(ContractError, match=r"'O-1'.*'O-2'.*contradict"):
        _possible(_line(), _line(override="O-2", period="2026Q4", value=4.0))


def test_only_those_that_clash_are_named() -> None:
    with pytest.raises(ContractError) as told:
        _possible(
            _line(override="O-0", family="B", value=9.0),
            _line(product="x", value=3.0),
            _line(override="O-2", product="y", value=3.0),
            _line(override="O-3", value=7.0),
        )
    assert "'O-0'" not in str(told.value)
    assert all(f"'O-{k}'" in str(told.value) for k in (1, 2, 3))


def test_all_parts_and_their_sum_may_be_held_if_they_agree() -> None:
    _possible(
        _line(product="x", value=3.0),
        _line(override="O-2", product="y", value=4.0),
        _line(override="O-3", value=7.0),
    )


def test_less_than_zero_is_refused_where_nothing_was_negative() -> None:
    with pytest.raises(ContractError, match=r"'O-1' .* leaves less than zero"):
        _possible(_line(value=-1.0))
    _possible(_line(value=-1.0), bounded=False)
