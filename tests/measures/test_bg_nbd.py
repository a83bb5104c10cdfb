from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError
from pfkit.measures import BgNbd, bg_nbd

if TYPE_CHECKING:
    from pathlib import Path


def made(seed: int = 1, count: int = 3000) -> pd.DataFrame:
    """Return customers who buy at a gamma rate and stop with a beta chance after each purchase."""
    dice = np.random.default_rng(seed)
    rows = []
    for k in range(count):
        rate, stop, age = dice.gamma(0.8, 1 / 5), dice.beta(1.2, 3.0), dice.uniform(20, 50)
        at, bought, last = 0.0, 0, 0.0
        while True:
            at += dice.exponential(1 / rate)
            if at > age:
                break
            bought, last = bought + 1, at
            if dice.random() < stop:
                break
        rows.append((f"c{k}", bought, last, age))
    return pd.DataFrame(rows, columns=["customer", "frequency", "recency", "age"])


def test_the_published_fit(shared: Path) -> None:
    # Fader, Hardie and Lee (2005), CDNOW: r .243, alpha 4.414, a .793, b 2.426, LL -9582.4
    file = shared / "data" / "attribution" / "cdnow_customers_summary.csv"
    found = bg_nbd(pd.read_csv(file).rename(columns={"ID": "customer", "T": "age"}))
    assert found.r == pytest.approx(0.2426, abs=1e-4)
    assert found.alpha == pytest.approx(4.4135, abs=1e-3)
    assert found.a == pytest.approx(0.7929, abs=1e-4)
    assert found.b == pytest.approx(2.4258, abs=1e-3)
    assert found.log_likelihood == pytest.approx(-9582.4256, abs=1e-3)
    assert found.customers == 2357


def test_planted_parameters_come_back_and_say_what_comes() -> None:
    found = bg_nbd(made())
    assert found.r == pytest.approx(0.8, rel=0.15)
    assert found.alpha == pytest.approx(5.0, rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(1.2 / 4.2, rel=0.15)


def test_expected_purchases_are_those_of_many_such_customers() -> None:
    # The same customers seen to half their age, and what each bought after that.
    model = BgNbd(0.8, 5.0, 1.2, 3.0, float("nan"), 0)
    dice = np.random.default_rng(5)
    seen, later = [], []
    for k in range(6000):
        rate, stop, at, times = dice.gamma(0.8, 1 / 5), dice.beta(1.2, 3.0), 0.0, []
        while at < 60:
            at += dice.exponential(1 / rate)
            times.append(at)
            if dice.random() < stop:
                break
        early = [one for one in times if one <= 30]
        seen.append((f"c{k}", len(early), early[-1] if early else 0.0, 30.0))
        later.append(sum(30 < one <= 60 for one in times))
    table = pd.DataFrame(seen, columns=["customer", "frequency", "recency", "age"])
    told = model.expected(table, ahead=30.0)
    assert told["purchases"].mean() == pytest.approx(np.mean(later), rel=0.05)
    many = (table["frequency"] >= 3).to_numpy()
    assert told["purchases"][many].mean() == pytest.approx(np.array(later)[many].mean(), rel=0.12)
    assert told["active_share"].between(0, 1).all()


@pytest.mark.parametrize(
    ("change", "error", "said"),
    [
        ({"recency": 99.0}, MeasureError, "recency 99 and age"),
        ({"frequency": 1.5}, MeasureError, "frequency 1.5"),
        ({"age": np.nan}, MeasureError, "age nan cannot be"),
        ({"customer": "one"}, ContractError, "customer one stands twice"),
        ({"frequency": 0, "recency": 0.0}, MeasureError, "nobody bought again"),
    ],
)
def test_rows_that_cannot_be(change: dict[str, object], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        bg_nbd(made(count=60).assign(**change))


def test_few_customers_are_refused() -> None:
    with pytest.raises(ContractError, match="49 customers are fewer than 50"):
        bg_nbd(made(count=49))
