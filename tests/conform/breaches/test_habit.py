"""When a first time is news: laws, and figures worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pfkit.conform.breaches import habit
from pfkit.conform.breaches.habit import Seen, more_than_usual, news


def seen(key: str, past: int, with_it: int, now: int = 10, fresh: int = 0) -> Seen:
    months = tuple(f"2025-{place + 1:02d}" for place in range(min(with_it, 12)))
    return Seen(key, past, with_it, 12, months, now, fresh)


@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 40), st.data())
def test_the_tail_is_that_of_the_beta_binomial(
    past: int, with_it: int, now: int, data: st.DataObject
) -> None:
    with_it = min(with_it, past)
    count = data.draw(st.integers(0, now))
    expected = stats.betabinom.sf(count - 1, now, with_it + 0.5, past - with_it + 0.5)
    assert more_than_usual(past, with_it, now, count) == pytest.approx(
        expected, rel=1e-7, abs=1e-12
    )


def test_the_chance_of_a_first_time_by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """One account, nine entries without it, ten now.

    Half of accounts never do it; of the others the share is uniform, Beta(1, 1). Nine without it
    have chance 1/10 there, so the account is one of them with (1/2 x 1/10) / (1/2 x 1/10 + 1/2) =
    1/11. Ten more without it have chance 10/20, so one of them has it with 1/2: 1/22 in all.
    """
    monkeypatch.setattr(habit, "_MEANS", (0.5,))
    monkeypatch.setattr(habit, "_ALIKE", (2.0,))
    monkeypatch.setattr(habit, "_NEVER", (0.5,))
    one = seen("a", 9, 0, now=10, fresh=1)
    assert habit._chance(one, [one]) == pytest.approx(1 / 22)


def test_where_some_always_do_it_and_others_never_a_first_time_is_news() -> None:
    others = [seen(f"never {place}", 200, 0) for place in range(8)]
    always = [seen(f"always {place}", 200, 180) for place in range(4)]
    one = seen("a", 200, 0, fresh=1)
    assert news([*others, *always, one]) == [one]


@pytest.mark.parametrize("share", [0.004, 0.01, 0.03])
def test_where_all_do_it_now_and_then_it_is_not(share: float) -> None:
    rows = 250
    others = [
        seen(f"{place}", rows, round(rows * share * (0.5 + place / 9))) for place in range(10)
    ]
    assert news([*others, seen("a", rows, 0, fresh=1)]) == []


def test_one_more_exception_is_news_and_a_third_is_a_habit() -> None:
    others = [seen(f"never {place}", 300, 0) for place in range(8)]
    assert news([*others, seen("a", 300, 1, fresh=1)])
    assert not news([*others, seen("a", 300, 3, fresh=1)])


def test_a_short_past_is_no_news() -> None:
    assert news([seen("a", 11, 0, fresh=1)]) == []
    assert news([Seen("a", 100, 0, 4, (), 10, 1)]) == []


def test_at_the_end_of_a_first_year_several_at_once_are_closing_entries() -> None:
    never = [seen(f"never {place}", 200, 0) for place in range(9)]
    fresh = [seen(f"fresh {place}", 200, 0, fresh=1) for place in range(3)]
    assert len(news([*never, *fresh])) == 3
    assert news([*never, *fresh], year_end=True) == []
    assert len(news([*never, fresh[0]], year_end=True)) == 1


@given(st.integers(12, 500), st.integers(1, 40))
def test_a_longer_past_makes_a_first_time_less_likely(past: int, now: int) -> None:
    others = [seen(f"{place}", 200, 5 * place) for place in range(6)]
    short, long = seen("a", past, 0, now, 1), seen("a", past + 200, 0, now, 1)
    assert habit._chance(long, [*others, long]) <= habit._chance(short, [*others, short])
