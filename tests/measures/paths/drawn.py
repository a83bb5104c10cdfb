"""Random paths, and their reading: what tests of the chain and of coalitions share."""

from __future__ import annotations

import pandas as pd
from hypothesis import strategies as st

from pfkit.measures.paths.coded import Coded, coded

NAMES = "abcde"
ROWS = st.lists(
    st.tuples(
        st.lists(st.sampled_from(NAMES), min_size=1, max_size=6),
        st.integers(0, 5),
        st.integers(0, 5),
    ).filter(lambda row: row[1] + row[2] > 0),
    min_size=1,
    max_size=12,
)


def read(rows: list[tuple[list[str], int, int]]) -> Coded:
    table = pd.DataFrame(
        [{"path": " > ".join(path), "gained": won, "lost": lost} for path, won, lost in rows]
    )
    return coded(table, path="path", gained="gained", value=None, lost="lost", separator=">")
