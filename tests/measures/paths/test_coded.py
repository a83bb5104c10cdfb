from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError
from pfkit.measures.paths.coded import Coded, coded


def read(rows: dict[str, list[object]], **columns: str | None) -> Coded:
    chosen = {"path": "path", "gained": "gained", "value": None, "lost": None, "separator": ">"}
    return coded(pd.DataFrame(rows), **{**chosen, **columns})  # type: ignore[arg-type]


def test_equal_paths_are_joined_and_names_are_trimmed() -> None:
    found = read(
        {"path": ["b>a ", "b>a ", " a > c"], "gained": [1, 2, 4], "worth": [5, 6, 7]}, value="worth"
    )
    assert found.names == ["a", "b", "c"]
    assert found.codes.tolist() == [1, 0, 0, 2]
    assert (found.starts.tolist(), found.lengths.tolist()) == ([0, 2], [2, 2])
    assert (found.gained.tolist(), found.value.tolist()) == ([3, 4], [11, 7])
    assert found.lost.tolist() == [0, 0]
    assert (found.path.tolist(), found.place.tolist()) == ([0, 0, 1, 1], [0, 1, 0, 1])


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({"path": ["a > > b"], "gained": [1]}, "path 'a > > b' has an empty touch"),
        ({"path": ["a", ""], "gained": [1, 1]}, "path '' has an empty touch"),
        ({"path": ["a", None], "gained": [1, 1]}, "a path is missing"),
        ({"path": ["a"], "gained": [-1]}, "gained is -1: missing, not finite or below zero"),
        ({"path": ["a"], "gained": [np.nan]}, "gained is nan"),
    ],
)
def test_what_cannot_be_read_is_named(rows: dict[str, list[object]], said: str) -> None:
    with pytest.raises(MeasureError, match=said):
        read(rows)


def test_no_path_and_no_text_are_refused() -> None:
    with pytest.raises(ContractError, match="there is no path"):
        read({"path": [], "gained": []})
    with pytest.raises(ContractError, match="paths are int64, not text"):
        read({"path": [1], "gained": [1]})
    with pytest.raises(ContractError, match="column 'lost' is not there"):
        read({"path": ["a"], "gained": [1]}, lost="lost")
