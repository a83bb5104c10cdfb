"""A proven effect counts before the register; without proof the register stays, and says so."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import benefits
from pfkit.present import tables

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[str], pd.DataFrame]

DAY = date(2026, 7, 3)


@pytest.fixture(scope="module")
def register(rows: Rows) -> pd.DataFrame:
    return rows("""
        benefit | initiative | metric | kind    | feature | promised_amount | realized_amount | grade | start   | status    | measured_on | known_on
        B1      | x          | seats  | revenue | search  |            1000 |             900 | A     | 2026-01 | validated | 2026-06-30  | 2026-07-02
        B2      | x          | calls  | cost    | search  |             300 |             200 | C     | 2026-01 | measured  | 2026-06-30  | 2026-07-02
        B3      | y          | fees   | revenue |         |             500 |             400 | C     | 2026-04 | measured  | 2026-06-30  | 2026-07-02
    """)  # noqa: E501


def result(**changed: object) -> pd.DataFrame:
    """Give a search that brought 300 in six months, 210 to 390, as randomized waves show."""
    plain: dict[str, object] = {"feature": "search", "incremental": 300.0, "lo90": 210.0}
    plain |= {"hi90": 390.0, "verdict": "randomised", "months": 6}
    return pd.DataFrame([plain | changed])


def told(register: pd.DataFrame, attribution: pd.DataFrame, through: str = "") -> pd.DataFrame:
    found = benefits(register, attribution=attribution, through=through, as_of=DAY)
    return found.set_index("benefit")


def test_a_proven_effect_counts_at_a_years_worth(register: pd.DataFrame) -> None:
    found = told(register, result())
    proof = found.loc["search"]
    assert (proof["source"], proof["grade"]) == ("attribution", "A")
    assert proof[["realized_amount", "realized_low", "realized_high"]].tolist() == [600, 420, 780]
    assert (proof["metric"], proof["initiative"], proof["level"]) == ("seats", "x", 0.9)
    assert found.loc["B1", "claimed_by"] == "search"
    assert found.loc["B1", "reason"].startswith("attribution (search) counts for what is realized")
    assert bool(found.loc["B1", "counts_promised"])
    total = found.loc["Total"]
    assert total["realized_amount"] == 600 + 200 + 400  # the calls are a cost, not this revenue
    assert total["promised_amount"] == 1000 + 300 + 500


@pytest.mark.parametrize("verdict", ["fragile", "not_identified", "too_few", "descriptive"])
def test_without_proof_the_register_counts_and_says_so(
    register: pd.DataFrame, verdict: str
) -> None:
    found = told(register, result(verdict=verdict))
    assert "search" not in found.index
    assert bool(found.loc["B1", "counts_realized"])
    assert found.loc["B1", "reason"].endswith(
        f"attribution of search is {verdict.replace('_', ' ')}, no proof"
    )
    assert "attribution" not in found.loc["B2", "reason"]
    assert found.loc["Total", "realized_amount"] == 900 + 200 + 400


def test_results_are_joined_by_benefit_then_feature_then_initiative(
    register: pd.DataFrame,
) -> None:
    assert told(register, result(benefit="B3")).loc["B3", "claimed_by"] == "search"
    named = told(register, result(feature="fees 2", initiative="y", verdict="supported"))
    assert named.loc["B3", "claimed_by"] == "fees 2"
    assert named.loc["fees 2", "grade"] == "B"
    two = pd.concat([register, register.iloc[[2]].assign(benefit="B4", metric="more fees")])
    unclear = told(two, result(feature="fees 2", initiative="y"))
    assert not bool(unclear.loc["fees 2", "counts_realized"])
    assert unclear.loc["Total", "realized_amount"] == 900 + 200 + 400 + 400


def test_an_effect_that_no_entry_names_is_shown_and_not_counted(register: pd.DataFrame) -> None:
    found = told(register, result(feature="export"))
    assert found.loc["export", "realized_amount"] == 600
    assert not bool(found.loc["export", "counts_realized"])
    assert found.loc["export", "reason"] == (
        "no entry of the register names the feature, not counted"
    )
    assert found.loc["Total", "realized_amount"] == 900 + 200 + 400


def test_months_come_from_the_start_of_the_entry_where_a_result_has_none(
    register: pd.DataFrame,
) -> None:
    plain = result().drop(columns="months")
    found = told(register, plain, through="2026-03")  # January to March
    assert found.loc["search", "realized_amount"] == 300 * 12 / 3
    unknown = told(register, plain)
    assert pd.isna(unknown.loc["search", "realized_amount"])
    assert "over how many months is not stated" in unknown.loc["search", "reason"]
    assert unknown.loc["Total", "realized_amount"] == 900 + 200 + 400


def test_a_feature_named_like_a_benefit_keeps_apart(register: pd.DataFrame) -> None:
    found = told(register.replace({"feature": {"search": "B1"}}), result(feature="B1"))
    assert found.loc["B1", "claimed_by"] == "B1 (attribution)"


def test_wrong_results_are_refused(register: pd.DataFrame) -> None:
    with pytest.raises(MeasureError, match=r"verdict 'proven' is not known\n  -> Use one of rand"):
        told(register, result(verdict="proven"))
    with pytest.raises(MeasureError, match="feature 'search' has two results"):
        told(register, pd.concat([result(), result()]))
    with pytest.raises(MeasureError, match="an effect was added up over no months"):
        told(register, result(months=0))
    with pytest.raises(ContractError, match="'incremental'"):
        told(register, result().drop(columns="incremental"))
    assert told(register, result(verdict="randomized")).loc["search", "grade"] == "A"


def test_the_table_says_where_each_number_comes_from(register: pd.DataFrame) -> None:
    found = benefits(register, attribution=result(), as_of=DAY)
    shown = tables.benefits(found)
    place = [head.label for head in shown.body.heads].index("Source")  # type: ignore[union-attr]
    assert [row[place] for row in shown.printed][:4] == [
        *("register", "attribution", "register", "register")
    ]
    assert any("A proven effect counts before the register." in note for note in shown.notes)
    plain = tables.benefits(benefits(register))
    assert "Source" not in [head.label for head in plain.body.heads]  # type: ignore[union-attr]
