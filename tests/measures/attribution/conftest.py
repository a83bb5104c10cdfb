"""A small company whose features do what they are told to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Firm:
    """Tables, and the log lift of each feature."""

    count: int = 600
    months: int = 18
    lifts: dict[str, float] = field(default_factory=lambda: {"export": 0.10, "chat": 0.0})
    seed: int = 1
    first: dict[str, np.ndarray] = field(default_factory=dict)
    release: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Bill every customer, with some noise."""
        rng = np.random.default_rng(self.seed)
        months = np.arange(self.months)
        self.names = np.array([f"C{one:04d}" for one in range(self.count)], dtype=object)
        self.labels = pd.period_range("2025-01", periods=self.months, freq="M").astype(str)
        self.segment = rng.integers(0, 2, self.count)
        growth = rng.normal(0, 0.01, self.count)
        level = 5 + self.segment + rng.normal(0, 0.5, self.count)
        shared = rng.normal(0, 0.02, (2, self.months))[self.segment]
        self.base = np.exp(level[:, None] + growth[:, None] * months + shared)
        for name in self.lifts:
            lean = np.argsort(np.argsort(-growth + rng.normal(0, 0.01, self.count)))
            when = 7 + rng.integers(0, 6, self.count)
            taken = np.where(lean < self.count // 2, when, 10**6)
            self.first.setdefault(name, taken)
            self.release.setdefault(name, 7)
        noise = rng.normal(0, 0.05, self.base.shape)
        self.charged = np.round(self.base * np.exp(self.lifted() + noise), 2)

    def lifted(self, without: str = "") -> np.ndarray:
        """Return the log lift of all features but one."""
        out = np.zeros(self.base.shape)
        for name, lift in self.lifts.items():
            if name != without:
                out += lift * (np.arange(self.months)[None, :] >= self.first[name][:, None])
        return out

    def truth(self, name: str) -> float:
        """Return the revenue there would not have been without a feature."""
        less = self.charged * np.exp(self.lifted(name) - self.lifted())
        return float((self.charged - less).sum())

    def billing(self) -> pd.DataFrame:
        """Return a line per customer and month."""
        who, month = np.nonzero(self.charged > 0)
        return pd.DataFrame(
            {
                "customer": self.names[who],
                "period": self.labels.to_numpy()[month],
                "amount": self.charged[who, month],
            }
        )

    def usage(self) -> pd.DataFrame:
        """Return the first month of use of each customer and feature."""
        parts = []
        for name, first in self.first.items():
            who = np.flatnonzero(first < self.months)
            parts.append(
                pd.DataFrame(
                    {
                        "customer": self.names[who],
                        "feature": name,
                        "period": self.labels.to_numpy()[first[who]],
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    def releases(self) -> pd.DataFrame:
        """Return the month of each release."""
        months = [self.labels[one] for one in self.release.values()]
        return pd.DataFrame({"feature": list(self.release), "period": months})

    def customers(self) -> pd.DataFrame:
        """Return the segment of each customer."""
        return pd.DataFrame(
            {"customer": self.names, "segment": np.array(["small", "large"])[self.segment]}
        )

    def tables(self) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Return billing, usage and releases."""
        return self.billing(), self.usage(), self.releases()


@pytest.fixture(scope="session")
def make_firm() -> Callable[..., Firm]:
    """Give a firm with other features, seeds or dates of use."""
    return Firm


@pytest.fixture(scope="session")
def firm() -> Firm:
    """Give a firm whose export lifts revenue by 0.10 in logs, and whose chat does nothing."""
    return Firm()
