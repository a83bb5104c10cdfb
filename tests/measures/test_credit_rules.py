from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pfkit.errors import ParameterError
from pfkit.measures import credit_rules
from pfkit.measures.credit_rules import RULES

PATHS = pd.DataFrame({"path": ["a > b > c > a", "b"], "gained": [10, 1], "lost": [5, 20]})


def split(rule: str, **chosen: object) -> dict[str, float]:
    found = credit_rules(PATHS, rules=[rule], **chosen)  # type: ignore[list-item, arg-type]
    return dict(zip(found["feature"], found[rule], strict=True))


def test_rules_of_one_path_by_hand() -> None:
    assert split("first") == {"a": 10, "b": 1, "c": 0, "Total": 11}
    assert split("last") == {"a": 10, "b": 1, "c": 0, "Total": 11}
    assert split("linear") == {"a": 5, "b": 3.5, "c": 2.5, "Total": 11}
    assert split("position") == pytest.approx({"a": 8, "b": 2, "c": 1, "Total": 11})
    # halves: 1/8, 1/4, 1/2, 1 of 15/8
    decay = split("decay")
    assert decay == pytest.approx({"a": 6, "b": 10 * 2 / 15 + 1, "c": 10 * 4 / 15, "Total": 11})
    assert split("position", ends=0.5)["c"] == 0


def test_the_published_markov_split() -> None:
    # Bryl' (analyzecore.com, 2016): removal .5, 1, 1, so one conversion splits .2, .4, .4
    paths = pd.DataFrame(
        {"path": ["C1 > C2 > C3", "C1", "C2 > C3"], "gained": [1, 0, 0], "lost": [0, 1, 1]}
    )
    found = credit_rules(paths, rules=["markov"], lost="lost").set_index("feature")
    assert found["markov"].tolist() == pytest.approx([0.2, 0.4, 0.4, 1.0])
    assert found.loc["C1", "markov_removal_rate"] == pytest.approx(0.5)
    assert found["markov_removal_rate"].isna().tolist() == [False, False, False, True]


def test_every_figure_says_what_it_is() -> None:
    found = credit_rules(PATHS, lost="lost")
    assert set(found["kind"]) == {"credit, not cause"}
    assert found["touched"].tolist() == [15, 36, 15, 36]
    assert found["role"].tolist() == ["item", "item", "item", "total"]


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.lists(st.sampled_from("abcd"), min_size=1, max_size=5),
            st.integers(1, 9),
            st.integers(0, 9),
        ),
        min_size=1,
        max_size=8,
    ),
    ends=st.sampled_from([0.0, 0.3, 0.5]),
)
def test_every_rule_splits_all_there_is(
    rows: list[tuple[list[str], int, int]], ends: float
) -> None:
    paths = pd.DataFrame(
        [{"path": ">".join(path), "gained": won, "lost": lost} for path, won, lost in rows]
    )
    found = credit_rules(paths, lost="lost", ends=ends)
    whole = paths["gained"].sum()
    for rule in RULES:
        assert found.loc[found["role"] == "item", rule].sum() == pytest.approx(whole)
        assert found[rule].iloc[-1] == pytest.approx(whole)


@pytest.mark.parametrize(
    ("chosen", "said"),
    [
        ({"rules": ["middle"]}, "rule 'middle' is not known"),
        ({"rules": []}, "there is no rule"),
        ({"half_life": 0}, "half_life 0 cannot be"),
        ({"ends": 0.6}, "ends 0.6 cannot be"),
        ({"order": 0}, "order 0 cannot be"),
    ],
)
def test_parameters_that_cannot_be(chosen: dict[str, object], said: str) -> None:
    with pytest.raises(ParameterError, match=said):
        credit_rules(PATHS, **chosen)  # type: ignore[arg-type]
