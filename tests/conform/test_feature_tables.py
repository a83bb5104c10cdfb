from __future__ import annotations

import pandas as pd

from pfkit.conform.feature_tables import FeatureTables


class _Named(FeatureTables):
    """Features as a table, and nothing else of a book."""

    conformed = policies = statement = None  # type: ignore[assignment]

    def table(self, name: str) -> pd.DataFrame:
        rows = {"feature": ["export", "sync", "tiny"], "name": ["Bulk export", None, ""]}
        return pd.DataFrame(rows) if name == "features" else pd.DataFrame()


def test_features_without_a_name_are_called_by_their_code() -> None:
    assert _Named().feature_names == {"export": "Bulk export"}
