from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import benefits

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]


@pytest.fixture(scope="module")
def register(rows: Rows) -> pd.DataFrame:
    """Give three benefits measured, one promised, and one that claims what another does."""
    return rows("""
        benefit | initiative | name     | metric | owner | promised_amount | realized_amount | realized_low | realized_high | level | grade | status    | measured_on | known_on
        B1      | x          | Seats    | seats  | Ines  |            1000 |             800 |          700 |           900 |   0.9 | B     | validated | 2026-06-30  | 2026-07-02
        B2      | x          | More     | seats  | Omar  |             400 |             500 |          300 |           700 |   0.9 | D     | measured  | 2026-06-30  | 2026-07-02
        B3      | y          | Hosting  | hours  | Ines  |             200 |             250 |          240 |           270 |   0.9 | A     | measured  | 2026-05-31  | 2026-06-02
        B4      | y          | Rent     | rent   | Omar  |             300 |                 |              |               |       |       | promised  |             | 2026-01-10
    """)  # noqa: E501


def test_what_counts_adds_up_with_its_interval(register: pd.DataFrame) -> None:
    told = benefits(register).set_index("row_key")
    total, proven = told.loc["total"], told.loc["validated"]
    assert total["promised_amount"] == 1000 + 200 + 300  # B2 claims the metric of B1
    assert total["realized_amount"] == 800 + 250
    assert (total["realized_low"], total["realized_high"], total["level"]) == (940, 1170, 0.9)
    assert total["realized_share"] == pytest.approx(1050 / 1500)
    assert (proven["realized_amount"], total["validated_amount"]) == (800, 800)
    assert total["reason"] == "not counted twice: B2"


def test_a_metric_claimed_twice_is_named_on_the_second_claim(register: pd.DataFrame) -> None:
    told = benefits(register).set_index("row_key")
    assert told.loc["b2", "claimed_by"] == "B1"
    assert told.loc["b2", "reason"].startswith("claims the same metric as B1, not counted twice")
    assert not told.loc["b2", "counts_realized"]
    assert not told.loc["b2", "counts_promised"]
    assert told.loc["b2", "realized_amount"] == 500  # shown as claimed


def test_attribution_wins_over_the_register_and_leaves_the_promise(rows: Rows) -> None:
    register = rows("""
        benefit | initiative | metric | source      | promised_amount | realized_amount | grade | status    | measured_on
        B1      | x          | seats  | register    |            1000 |             900 | A     | validated | 2026-06-30
        A1      | x          | seats  | attribution |               0 |             600 | B     | measured  | 2026-05-31
        L1      | x          | seats  | ledger      |               0 |             700 | C     | measured  | 2026-05-31
    """)  # noqa: E501
    told = benefits(register).set_index("row_key")
    total = told.loc["total"]
    assert (total["promised_amount"], total["realized_amount"]) == (1000, 600)
    assert told.loc["b1", "claimed_by"] == "A1"
    assert "attribution (A1) counts for what is realized" in told.loc["b1", "reason"]
    assert bool(told.loc["b1", "counts_promised"])
    assert told.loc["l1", "claimed_by"] == "A1"
    assert pd.isna(told.loc["validated", "realized_amount"])


@pytest.mark.parametrize(
    ("change", "wins"),
    [
        ({"grade": ["C", "B"]}, "B2"),
        ({"status": ["measured", "validated"], "grade": ["B", "B"]}, "B2"),
        ({"measured_on": ["2026-03-31", "2026-06-30"], "grade": ["B", "B"]}, "B2"),
        ({"grade": ["", "D"]}, "B2"),
        ({"grade": ["B", "B"]}, "B1"),
    ],
)
def test_the_better_evidence_counts(change: dict[str, list[str]], wins: str, rows: Rows) -> None:
    register = rows("""
        benefit | initiative | metric | promised_amount | realized_amount | status   | measured_on
        B1      | x          | seats  |             100 |              90 | measured | 2026-06-30
        B2      | x          | seats  |             100 |              80 | measured | 2026-06-30
    """).assign(**change)
    told = benefits(register)
    assert told.loc[told["counts_realized"].fillna(value=False), "benefit"].tolist() == [wins]


def test_the_last_known_row_counts_and_later_ones_do_not(register: pd.DataFrame) -> None:
    withdrawn = register.tail(1).assign(status="withdrawn", known_on="2026-07-20")
    both = pd.concat([register, withdrawn], ignore_index=True)
    assert benefits(both).set_index("row_key").loc["b4", "reason"] == "withdrawn"
    then = benefits(both, as_of=date(2026, 7, 10)).set_index("row_key")
    assert then.loc["total", "promised_amount"] == 1500
    early = benefits(both, as_of=date(2026, 6, 10)).set_index("row_key")
    assert early.loc["total", "realized_amount"] == 250


def test_a_promise_that_was_withdrawn_was_promised_all_the_same(
    register: pd.DataFrame, rows: Rows
) -> None:
    gone = register.tail(1).assign(status="withdrawn", known_on="2026-07-20", promised_amount=600)
    total = benefits(pd.concat([register, gone], ignore_index=True)).set_index("row_key")
    assert total.loc["total", "promised_amount"] == 1000 + 200 + 600
    assert total.loc["total", "realized_share"] == pytest.approx(1050 / 1800)
    assert total.loc["total", "reason"] == (
        "not counted twice: B2; withdrawn, and still promised: B4"
    )
    assert not total.loc["b4", "counts_realized"]
    # promised anew under another name: the same money is promised once, by the one that stands
    anew = rows("""
        benefit | initiative | metric | promised_amount | realized_amount | grade | status
        A1      | x          | seats  |             900 |                 | A     | withdrawn
        A2      | x          | seats  |             500 |                 |       | promised
    """)
    told = benefits(anew).set_index("row_key")
    assert told.loc["total", "promised_amount"] == 500
    assert told.loc["a1", "claimed_by"] == "A2"


def test_what_is_not_measured_says_so(register: pd.DataFrame) -> None:
    row = benefits(register).set_index("row_key").loc["b4"]
    assert pd.isna(row["realized_amount"])
    assert pd.isna(row["realized_share"])
    assert row["reason"] == "not measured yet"


def test_an_initiative_that_is_not_listed_does_not_count(
    register: pd.DataFrame, rows: Rows
) -> None:
    initiatives = rows("""
        initiative | name | product
        x          | X    | Atlas
    """)
    told = benefits(register, initiatives).set_index("row_key")
    assert told.loc["total", "realized_amount"] == 800
    assert told.loc["b3", "reason"].startswith("initiative y is not in table initiatives")
    assert told.loc["total", "reason"] == "not counted twice: B2; not counted: B3, B4"
    assert told.loc["b1", "product"] == "Atlas"


def test_another_currency_does_not_count_without_a_rate(register: pd.DataFrame) -> None:
    told = benefits(register.assign(currency=["USD", "EUR", "EUR", ""]), currency="EUR")
    row = told.set_index("row_key").loc["b1"]
    assert row["reason"].startswith("in USD, not EUR, and no rate converts it")
    assert pd.isna(row["realized_amount"])
    assert told.set_index("row_key").loc["total", "realized_amount"] == 500 + 250


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"realized_low": 1200.0, "realized_high": 900.0}, "interval reversed"),
        ({"realized_low": 810.0}, "amount outside its interval"),
        ({"realized_low": None}, "interval with one end"),
        ({"level": None}, "interval without its level"),
        ({"grade": ""}, "no evidence grade"),
        ({"owner": ""}, "no owner"),
    ],
)
def test_doubtful_evidence_is_named(
    register: pd.DataFrame, change: dict[str, object], said: str
) -> None:
    row = benefits(register.head(1).assign(**change)).iloc[0]
    assert said in row["reason"]
    if "interval" in said and "level" not in said:
        assert pd.isna(row["realized_low"])
    if said == "no evidence grade":
        assert pd.isna(row["validated_amount"])


def test_realized_without_a_day_does_not_count(register: pd.DataFrame) -> None:
    told = benefits(register.head(1).assign(measured_on=None)).set_index("row_key")
    assert told.loc["b1", "reason"] == "realized without the day it was measured on"
    assert pd.isna(told.loc["total", "realized_amount"])


def test_a_sum_of_parts_without_interval_has_none(register: pd.DataFrame) -> None:
    told = benefits(register.assign(realized_low=[700, 300, None, None])).set_index("row_key")
    assert pd.isna(told.loc["total", "realized_low"])
    assert "no interval: B3 has none" in told.loc["total", "reason"]
    told = benefits(register.assign(level=[0.9, 0.9, 0.8, None])).set_index("row_key")
    assert "no interval: the levels of its parts differ" in told.loc["total", "reason"]


def test_one_metric_of_two_initiatives_is_pointed_at(register: pd.DataFrame) -> None:
    told = benefits(register.assign(metric=["seats", "seats", "seats", "rent"]))
    told = told.set_index("row_key")
    assert "the same metric is claimed for y" in told.loc["b1", "reason"]
    assert bool(told.loc["b3", "counts_realized"])


@pytest.mark.parametrize(
    ("column", "word"), [("status", "done"), ("grade", "E"), ("source", "guess")]
)
def test_a_word_that_is_not_known_is_refused(
    register: pd.DataFrame, column: str, word: str
) -> None:
    with pytest.raises(MeasureError) as caught:
        benefits(register.assign(**{column: word}))
    assert str(caught.value).startswith(
        f"benefits: {column} {word!r} is not known\n  -> Use one of"
    )


def test_two_rows_of_one_day_are_refused(register: pd.DataFrame) -> None:
    twice = pd.concat([register, register.head(1).assign(promised_amount=1)])
    with pytest.raises(MeasureError, match="benefit 'B1' has two rows known on 2026-07-02"):
        benefits(twice)
    again = pd.concat([register, register])
    pd.testing.assert_frame_equal(benefits(again), benefits(register))


def test_the_register_needs_its_columns(register: pd.DataFrame) -> None:
    with pytest.raises(ContractError, match="'metric'"):
        benefits(register.drop(columns="metric"))


def test_an_empty_register_is_an_empty_table(register: pd.DataFrame) -> None:
    assert benefits(register.head(0)).empty


@given(data=st.data())
def test_no_metric_counts_twice_in_any_order(data: st.DataObject) -> None:
    one = st.tuples(
        st.sampled_from(["x", "y"]),
        st.sampled_from(["seats", "hours"]),
        st.sampled_from(["register", "ledger", "attribution"]),
        st.integers(0, 10**6).map(lambda cents: cents / 100),
        st.none() | st.integers(-(10**6), 10**6).map(lambda cents: cents / 100),
        st.sampled_from(["A", "C", ""]),
        st.sampled_from(["measured", "validated", "withdrawn"]),
        st.dates(date(2026, 1, 1), date(2026, 6, 30)),
    )
    found = [(f"B{n}", *row) for n, row in enumerate(data.draw(st.lists(one, max_size=8)))]
    columns = ["benefit", "initiative", "metric", "source", "promised_amount", "realized_amount"]
    columns += ["grade", "status", "measured_on"]
    register = pd.DataFrame(found, columns=columns)
    told = benefits(register)
    mixed = pd.DataFrame(data.draw(st.permutations(found)), columns=columns)
    pd.testing.assert_frame_equal(told, benefits(mixed))
    items = told[told["role"] == "item"]
    for flag, amount in (
        ("counts_promised", "promised_amount"),
        ("counts_realized", "realized_amount"),
    ):
        counted = items[items[flag].fillna(value=False)]
        assert not counted.duplicated(["initiative", "metric"]).any()
        total = told.loc[told["role"] == "total", amount]
        assert counted[amount].sum() == pytest.approx(total.sum(), abs=0.001)
    paired = items[items["claimed_by"] != ""].merge(
        items, left_on="claimed_by", right_on="benefit", suffixes=("", "_first")
    )
    assert (paired["metric"] == paired["metric_first"]).all()
