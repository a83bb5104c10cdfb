from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

import pfkit as pf
from pfkit.errors import ContractError, ParameterError
from pfkit.measures.fleet.periods import labels

ORIGINS = {"2024-06": dt.date(2024, 7, 3), "2024-07": dt.date(2024, 8, 3)}
NUMBERS = ["mean", "lo80", "hi80", "lo95", "hi95"]


def _known(size: int = 20, *, seed: int = 5) -> pd.DataFrame:
    """Return two products from 2023-01, known on the 28th of each month."""
    random = np.random.default_rng(seed)
    months = labels(12, 2023 * 12 + np.arange(size))
    parts = [
        pd.DataFrame(
            {
                "kind": "actual",
                "version": "actual",
                "period": months,
                "product": name,
                "amount": (level + np.cumsum(random.normal(0, 5, size))).round(2),
                "known_on": [f"{month}-28" for month in months],
                "replaced_on": None,
            }
        )
        for name, level in (("Atlas", 500.0), ("Borea", 200.0))
    ]
    return pd.concat(parts, ignore_index=True)


def _stated(kind: str, version: str, known_on: str, amount: float) -> pd.DataFrame:
    months = [f"2024-{month:02d}" for month in range(1, 13)]
    return pd.DataFrame(
        {
            "kind": kind,
            "version": version,
            "period": months,
            "product": "Atlas",
            "amount": amount,
            "known_on": known_on,
            "replaced_on": None,
        }
    )


def test_a_replay_is_the_forecast_of_what_was_known_then() -> None:
    known = _known()
    said = pf.forecast_replays(known, origins=ORIGINS, methods=["fast"], horizon=6)
    until = known[known["period"] <= "2024-06"]
    whole = until.assign(product="(every series)")
    theirs = pf.forecast(
        pd.concat([until, whole]), by="product", horizon=6, tier="fast"
    ).sort_values(["product", "step"])
    mine = said[said["origin"] == "2024-06"].sort_values(["product", "step"])
    assert mine["period"].tolist() == theirs["period"].tolist()
    np.testing.assert_allclose(
        mine[NUMBERS].to_numpy(float), theirs[NUMBERS].to_numpy(float), rtol=1e-9
    )
    assert set(said["source"]) == {"replayed"}


def test_what_was_learned_later_changes_no_replay() -> None:
    known = _known()
    late = known[known["period"] == "2024-05"].assign(amount=900.0, known_on="2024-07-20")
    both = pd.concat([known, late], ignore_index=True)
    before = pf.forecast_replays(known, origins=ORIGINS, methods=["full"])
    after = pf.forecast_replays(both, origins=ORIGINS, methods=["full"])
    same = before["origin"] == "2024-06"
    pd.testing.assert_frame_equal(before[same], after[same])
    assert (before.loc[~same, "mean"] != after.loc[~same, "mean"]).any()


def test_last_years_value_by_hand() -> None:
    known = _known()
    said = pf.forecast_replays(known, origins=ORIGINS, methods=["naive"], horizon=2)
    row = said[(said["origin"] == "2024-07") & (said["product"] == "Borea")]
    amounts = known[known["product"] == "Borea"].set_index("period")["amount"]
    assert row["period"].tolist() == ["2024-08", "2024-09"]
    assert row["mean"].tolist() == amounts[["2023-08", "2023-09"]].tolist()


def test_plans_and_peoples_forecasts_stand_as_known_on_the_day() -> None:
    parts = [
        _known(),
        _stated("budget", "adopted", "2023-12-11", 510.0),
        _stated("forecast", "analyst", "2024-06-20", 520.0),
        _stated("forecast", "analyst", "2024-07-20", 530.0),
    ]
    known = pd.concat(parts, ignore_index=True)
    said = pf.forecast_replays(known, origins=ORIGINS)
    assert sorted(set(said["method"])) == ["adopted", "analyst", "full", "naive"]
    atlas = said[said["product"] == "Atlas"].set_index(["method", "origin", "period"])["mean"]
    assert atlas["analyst", "2024-06", "2024-08"] == 520.0
    assert atlas["analyst", "2024-07", "2024-08"] == 530.0
    assert atlas["adopted", "2024-07", "2024-08"] == 510.0
    assert set(said.loc[said["method"] == "adopted", "source"]) == {"stated"}
    assert ("adopted", "2024-07", "2024-07") not in atlas.index  # the month itself is no forecast


def test_an_origin_with_little_history_is_left_out() -> None:
    known = _known()
    assert pf.forecast_replays(known, origins=ORIGINS, methods=["naive"], least=19)[
        "origin"
    ].unique().tolist() == ["2024-07"]
    none = pf.forecast_replays(known, origins={"2023-03": dt.date(2023, 4, 3)})
    assert none.empty
    assert "mean" in none.columns


def test_forecasts_that_were_kept_take_the_place_of_replays() -> None:
    known = _known()
    made = pf.forecast_replays(known, origins=ORIGINS, methods=["full"], horizon=3)
    kept = made[made["origin"] == "2024-06"].rename(columns={"product": "series"})
    first = kept.assign(vintage="a", line=1, known_on="2024-07-03")
    again = kept.assign(vintage="b", line=2, known_on="2024-07-20", mean=1.0)
    late = kept.assign(vintage="c", line=3, known_on="2024-08-03", mean=2.0)
    said = pf.forecast_replays(
        known, pd.concat([first, again, late]), origins=ORIGINS, methods=["full"], horizon=3
    )
    source = said.groupby("origin")["source"].unique().map(list).to_dict()
    assert source == {"2024-06": ["kept"], "2024-07": ["replayed"]}
    assert set(said.loc[said["origin"] == "2024-06", "mean"]) == {1.0}  # the last before the next
    only_late = pf.forecast_replays(
        known, late, origins=ORIGINS, methods=["full", "naive"], horizon=3
    )
    rows = only_late[(only_late["origin"] == "2024-06") & (only_late["method"] == "full")]
    assert set(rows["mean"]) == {2.0}


def test_overrides_count_from_the_day_they_were_known_and_all_adds_up() -> None:
    known = _known()
    asked = pd.DataFrame(
        [
            ("O-1", "Atlas", "2024-08", 900.0, "Ines", "A tender was won", "2024-07-20"),
            ("O-2", "Nova", "2024-08", 50.0, "Ines", "It is launched", "2024-06-01"),
        ],
        columns=["override", "product", "period", "value", "entered_by", "reason", "known_on"],
    )
    said = pf.forecast_replays(
        known, origins=ORIGINS, methods=["naive"], overrides=asked, horizon=3
    )
    mine = said[said["method"] == "overridden"]
    means = mine.set_index(["origin", "product", "period"])["mean"]
    assert means["2024-07", "Atlas", "2024-08"] == pytest.approx(900.0)
    assert means["2024-06", "Atlas", "2024-08"] < 700.0  # on its day nobody had set it
    for origin, period in means.reset_index()[["origin", "period"]].drop_duplicates().to_numpy():
        whole = means[origin, "(every series)", period]
        assert whole == pytest.approx(
            means[origin, "Atlas", period] + means[origin, "Borea", period], abs=1e-6
        )
    added = pf.forecast_value_added(
        said, known, period="2024-08", steps={"naive": "naive", "overridden": "overridden"}
    )
    assert added["count"].tolist() == [4, 4]


def test_months_that_were_not_known_yet_are_forecast_too() -> None:
    known = _known()
    early = {"2024-07": dt.date(2024, 6, 29)}  # figures of June are the last
    late = pf.forecast_replays(known, origins=early, methods=["full"], horizon=3)
    then = pf.forecast_replays(
        known, origins={"2024-06": dt.date(2024, 6, 29)}, methods=["full"], horizon=4
    )
    assert late["step"].unique().tolist() == [1, 2, 3]
    assert late["period"].unique().tolist() == ["2024-08", "2024-09", "2024-10"]
    same = then[then["step"] > 1]
    assert late["mean"].tolist() == pytest.approx(same["mean"].tolist())
    years = {"2026-07": dt.date(2026, 8, 3)}  # two years of which nothing is known
    assert pf.forecast_replays(known, origins=years, methods=["full"]).empty


def test_origins_are_the_latest() -> None:
    said = pf.forecast_replays(_known(), origins=ORIGINS, methods=["naive"], latest=1)
    assert said["origin"].unique().tolist() == ["2024-07"]


def test_of_many_series_the_largest_are_told_and_the_sum_of_all() -> None:
    known = _known()
    said = pf.forecast_replays(known, origins=ORIGINS, methods=["naive"], most=1)
    every = pf.forecast_replays(known, origins=ORIGINS, methods=["naive"])
    assert set(said["product"]) == {"Atlas", "(every series)"}
    kept = every["product"] != "Borea"
    pd.testing.assert_frame_equal(said, every[kept].reset_index(drop=True))
    asked = pd.DataFrame(columns=["override", "product", "period", "value", "known_on"])
    cut = pf.forecast_replays(known, origins=ORIGINS, methods=["naive"], overrides=asked, most=1)
    whole = pf.forecast_replays(known, origins=ORIGINS, methods=["naive"], overrides=asked)
    assert set(cut["product"]) == {"Atlas", "(every series)"}
    same = whole[whole["product"] != "Borea"].reset_index(drop=True)
    assert cut["mean"].tolist() == pytest.approx(same["mean"].tolist())


def test_row_keys_are_unique_and_the_order_of_rows_does_not_matter() -> None:
    known = _known()
    said = pf.forecast_replays(known, origins=ORIGINS, methods=["naive", "theta"])
    assert said["row_key"].is_unique
    mixed = pf.forecast_replays(
        known.sample(frac=1, random_state=1), origins=ORIGINS, methods=["naive", "theta"]
    )
    pd.testing.assert_frame_equal(said, mixed)


def test_what_cannot_be_is_said() -> None:
    known = _known()
    with pytest.raises(ParameterError, match="method 'ful' is not known") as told:
        pf.forecast_replays(known, origins=ORIGINS, methods=["ful"])
    assert "'full'" in str(told.value)
    with pytest.raises(ParameterError, match="horizon 0 cannot be"):
        pf.forecast_replays(known, origins=ORIGINS, horizon=0)
    with pytest.raises(ParameterError, match="least 0 cannot be"):
        pf.forecast_replays(known, origins=ORIGINS, least=0)
    with pytest.raises(ContractError, match="column 'kind' is not there"):
        pf.forecast_replays(known.drop(columns="kind"), origins=ORIGINS)
