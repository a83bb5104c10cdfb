from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pfkit.errors import ContractError, MeasureError
from pfkit.measures.credit_rules import credit_rules
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


def test_many_different_paths_are_read_one_by_one_to_the_same_credit() -> None:
    dice = np.random.default_rng(3)
    names = np.array(list("abcdefgh"))
    rows = [" > ".join(names[dice.integers(0, 8, size=8)]) for _ in range(12_000)]
    rows[100:200] = rows[:100]
    table = pd.DataFrame({"path": rows, "gained": 1, "lost": dice.integers(0, 3, size=12_000)})
    joined = table.groupby("path", as_index=False).sum()
    found, by_hand = credit_rules(table, lost="lost"), credit_rules(joined, lost="lost")
    assert len(coded_lengths(table)) == len(table) > len(joined)
    rules = ["first", "last", "linear", "position", "decay", "markov", "shapley", "touched"]
    np.testing.assert_allclose(
        found[rules].to_numpy("float64"), by_hand[rules].to_numpy("float64"), rtol=1e-9
    )


def coded_lengths(table: pd.DataFrame) -> list[int]:
    found = coded(table, path="path", gained="gained", value=None, lost="lost", separator=">")
    return [int(length) for length in found.lengths]
