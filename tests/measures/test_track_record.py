"""The track record of promises: whose error of measurement counts, and what is left out."""

from __future__ import annotations

import pandas as pd
import pytest

from pfkit.measures.track_record import hits_of, months_apart, pairs_of, slips_of
from pfkit.period import FiscalCalendar

JUNE = FiscalCalendar().period("2026-06")


def rows(**given: object) -> pd.DataFrame:
    row = {
        "item": [f"B{k}" for k in range(6)],
        "kind": "benefit",
        "initiative": "",
        "planned": "2025-01",
        "came": "2025-01",
        "amount": 100.0,
        "realized": 80.0,
    }
    return pd.DataFrame(row | given)


def test_an_uncertain_measurement_widens_the_haircut() -> None:
    sure = hits_of(pairs_of(rows(), None, JUNE), None, (5, 0.8, 2000), 0)
    wide = rows(low=60.0, high=100.0, level=0.8)
    unsure = hits_of(pairs_of(wide, None, JUNE), None, (5, 0.8, 2000), 0)
    assert sure.low == sure.high == pytest.approx(0.8)
    assert unsure.low < 0.75
    assert unsure.high > 0.85
    assert unsure.rate == sure.rate


def test_what_cannot_be_judged_says_why() -> None:
    odd = rows(amount=[None, 0.0, 100.0, 100.0, 100.0, 100.0], realized=[80.0] * 5 + [None])
    told = pairs_of(odd, None, JUNE)["reason"].tolist()
    assert told[:3] == ["no amount was promised", "no amount was promised", ""]
    assert told[5] == "what it brought is not known, or not for long enough"


def test_slips_count_months_of_releases_that_came() -> None:
    late = rows(kind="release", came=["2026-03", "2025-01", "2024-12", "", "2026-09", "2025-02"])
    assert slips_of(late, JUNE).tolist() == [14, 0, -1, 1]
    assert months_apart(pd.Series(["2026-01"]), pd.Series(["2025-12"])).tolist() == [1]
