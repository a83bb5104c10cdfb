from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from pfkit.conform.forecasts import (
    Made,
    decide,
    keep,
    kept_decisions,
    kept_forecasts,
    state_facts,
)
from pfkit.errors import ParameterError, SourceError

if TYPE_CHECKING:
    from pathlib import Path

DAY, TODAY = dt.date(2026, 7, 3), dt.date(2026, 7, 9)
MADE = Made("2026-06", DAY, "product", "abc", "1.0")


def _said(mean: float = 10.0) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "method": "full",
            "product": ["Atlas", "Atlas", "Borea"],
            "period": ["2026-07", "2026-08", "2026-07"],
            "mean": [mean, 20.004, 30.0],
            "lo80": [9.0, 18.0, pd.NA],
            "hi80": [11.0, 22.0, pd.NA],
            "lo95": [8.0, 17.0, pd.NA],
            "hi95": [12.0, 23.0, pd.NA],
            "model": "theta",
            "fallback": "",
            "reason": "",
        }
    )


def _keep(state: Path, said: pd.DataFrame, **kwargs: Any) -> Any:  # noqa: ANN401 - as keep
    made = kwargs.pop("made", MADE)
    return keep(state, said, made, **({"on": None, "today": TODAY} | kwargs))


def test_a_forecast_is_kept_line_by_line_and_read_back(tmp_path: Path) -> None:
    kept = _keep(tmp_path / "state", _said())
    assert (kept.known_on, kept.added) == (DAY, 2)
    text = (tmp_path / "state" / "forecasts.jsonl").read_text("utf-8")
    assert [json.loads(line)["series"] for line in text.splitlines()] == ["Atlas", "Borea"]
    assert "NaN" not in text
    found = kept_forecasts(tmp_path / "state", DAY)
    assert found["mean"].tolist() == [10.0, 20.0, 30.0]
    assert found["lo80"].tolist()[:2] == [9.0, 18.0]
    assert pd.isna(found.loc[2, "lo80"])
    assert set(found["vintage"]) == {kept.vintage}
    assert found[["origin", "as_of", "known_on", "by"]].drop_duplicates().to_numpy().tolist() == [
        ["2026-06", "2026-07-03", "2026-07-03", "product"]
    ]


def test_the_same_forecast_again_changes_nothing(tmp_path: Path) -> None:
    first = _keep(tmp_path, _said())
    before = (tmp_path / "forecasts.jsonl").read_bytes()
    made = Made("2026-06", dt.date(2026, 7, 5), "product", "other", "2.0")  # later, same numbers
    again = _keep(tmp_path, _said(), made=made)
    assert (again.vintage, again.known_on, again.added) == (first.vintage, DAY, 0)
    assert (tmp_path / "forecasts.jsonl").read_bytes() == before


def test_another_forecast_of_the_month_stands_beside_the_first(tmp_path: Path) -> None:
    first = _keep(tmp_path, _said())
    before = (tmp_path / "forecasts.jsonl").read_bytes()
    second = _keep(tmp_path, _said(12.0))
    assert second.known_on == TODAY
    assert second.vintage != first.vintage
    assert (tmp_path / "forecasts.jsonl").read_bytes().startswith(before)
    assert set(kept_forecasts(tmp_path, DAY)["vintage"]) == {first.vintage}
    assert set(kept_forecasts(tmp_path, TODAY)["vintage"]) == {first.vintage, second.vintage}
    assert kept_forecasts(tmp_path, dt.date(2026, 7, 2)).empty


def test_a_day_before_its_data_or_the_one_before_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="2026-07-02 is before its data were known"):
        _keep(tmp_path, _said(), on=dt.date(2026, 7, 2))
    _keep(tmp_path, _said(), on=dt.date(2026, 7, 8))
    with pytest.raises(ParameterError, match="2026-07-05 is before the forecast kept before"):
        _keep(tmp_path, _said(12.0), on=dt.date(2026, 7, 5))


def test_a_line_that_was_changed_is_seen(tmp_path: Path) -> None:
    _keep(tmp_path, _said())
    file = tmp_path / "forecasts.jsonl"
    file.write_text(file.read_text("utf-8").replace("10.0", "11.0"), "utf-8")
    with pytest.raises(SourceError, match=r"forecasts.jsonl line 1: was changed"):
        kept_forecasts(tmp_path, DAY)
    file.write_text("{}\n", "utf-8")
    with pytest.raises(SourceError, match="is no line that pfkit wrote"):
        kept_forecasts(tmp_path, DAY)


def test_facts_of_a_day_do_not_change_with_later_lines(tmp_path: Path) -> None:
    _keep(tmp_path, _said())
    before = state_facts(tmp_path, DAY)
    _keep(tmp_path, _said(12.0))
    assert state_facts(tmp_path, DAY) == before
    ((fact, first, last),) = state_facts(tmp_path, TODAY)
    assert (fact.path, fact.rows, first, last) == ("forecasts.jsonl", 4, DAY, TODAY)
    assert state_facts(None, DAY) == []


def test_decisions_about_methods_are_added_once(tmp_path: Path) -> None:
    rows = [{"method": "fast", "champion": "full", "decision": "keep", "reason": "no better"}]
    assert decide(tmp_path, rows, origin="2026-06", on=DAY) == 1
    assert decide(tmp_path, rows, origin="2026-06", on=TODAY) == 0
    assert decide(tmp_path, rows, origin="2026-09", on=TODAY) == 1
    found = kept_decisions(tmp_path, TODAY)
    assert found["origin"].tolist() == ["2026-06", "2026-09"]
    assert len(kept_decisions(tmp_path, DAY)) == 1
    assert kept_decisions(None, DAY).empty
