from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import pfkit as pf

BY = ["family", "product"]


def _sold() -> pd.DataFrame:
    months = [f"{year}-{month:02d}" for year in (2021, 2022, 2023) for month in range(1, 13)]
    named = [("A", "u", 10.0), ("A", "v", 30.0), ("B", "x", 20.0)]
    return pd.concat(
        pd.DataFrame({"family": family, "product": product, "period": months, "amount": amount})
        for family, product, amount in named
    )


def _asked(*lines: dict[str, object]) -> pd.DataFrame:
    who = {"entered_by": "Ines Moreau", "reason": "A tender was won", "until": "2024-03"}
    return pd.DataFrame([who | line for line in lines])


def test_the_effect_by_hand() -> None:
    # u is one product; what is added to it also pulls on the sums above, and these on v and x.
    # Minimal: (du)^2 + dv^2 + dx^2 + (du + dv)^2 / 2 + dx^2 / 1 + (du + dv + dx)^2 / 3, du = 6
    told = pf.overrides_effect(
        _sold(),
        _asked({"override": "O-1", "product": "u", "period": "2024-01", "change": 6.0}),
        by=BY,
        horizon=12,
        tier="fast",
        temporal=False,
    )
    system = np.array([[1 + 1 / 2 + 1 / 3, 1 / 3], [1 / 3, 1 + 1 + 1 / 3]])
    beside = np.linalg.solve(system, -6 * np.array([1 / 2 + 1 / 3, 1 / 3]))
    effect = told.set_index(BY)["effect"].astype(float)
    assert effect[("A", "u")] == pytest.approx(6)
    assert effect[("A", "v")] == pytest.approx(beside[0])
    assert effect[("B", "x")] == pytest.approx(beside[1])
    assert effect[("(all)", "(all)")] == pytest.approx(6 + beside.sum())
    relation = told.set_index(BY)["relation"]
    assert relation[("A", "u")] == "held"
    assert relation[("A", "(all)")] == "above"
    assert relation[("A", "v")] == "beside"
    assert told.loc[0, ["before", "after", "effect_rate"]].tolist() == pytest.approx([10, 16, 0.6])
    assert told["moved_count"].tolist() == [6] * 6
    assert told["row_key"].is_unique


def test_effects_of_all_overrides_add_up_to_what_changed() -> None:
    told = pf.overrides_effect(
        _sold(),
        _asked(
            {"override": "O-1", "product": "u", "period": "2024-01", "factor": 1.2},
            {"override": "O-2", "family": "A", "period": "2024-01", "value": 44.0},
        ),
        by=BY,
        horizon=12,
        tier="fast",
    )
    summed = told.groupby(BY)["effect"].sum()
    each = told.drop_duplicates(BY).set_index(BY)
    changed = (each["after"] - each["before"]).sort_index()
    np.testing.assert_allclose(summed.astype(float), changed.astype(float), atol=1e-9)
    held = told[told["relation"] == "held"].set_index("override")["after"]
    assert held.tolist() == pytest.approx([12, 44])


def test_from_the_bottom_up_an_override_passes_to_its_sums_whole() -> None:
    told = pf.overrides_effect(
        _sold(),
        _asked({"override": "O-1", "product": "u", "period": "2024-01", "change": 6.0}),
        by=BY,
        horizon=3,
        tier="fast",
        method="bottom_up",
    )
    assert set(told["relation"]) == {"held", "above"}
    assert told["effect"].tolist() == pytest.approx([6.0, 6.0, 6.0])


def test_what_is_not_applied_is_named_with_why() -> None:
    told = pf.overrides_effect(
        _sold(),
        _asked(
            {"override": "O-1", "product": "u", "period": "2024-01", "value": 9.0}
            | {"until": "2023-06"},
            {"override": "O-2", "product": "u", "period": "2023-11", "value": 9.0},
            {"override": "O-3", "product": "u", "period": "2025-01", "value": 9.0},
        ),
        by=BY,
        horizon=6,
        tier="fast",
    )
    assert told["state"].tolist() == ["expired", "past", "beyond"]
    assert told["effect"].isna().all()
    assert told["moved_count"].tolist() == [0, 0, 0]
    assert told.loc[0, "reason"] == (
        "A tender was won; expired before the last known period: not applied"
    )
    assert not told.astype(str).apply(lambda column: column.str.contains("Ines")).any().any()


def test_without_overrides_there_is_no_row() -> None:
    nobody = _asked({"product": "u", "period": "2024-01", "value": 1.0}).iloc[:0]
    told = pf.overrides_effect(_sold(), nobody, by=BY, horizon=3, tier="fast")
    assert told.empty
    assert list(told)[:4] == ["row_key", "override", "state", "relation"]
