from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.contracts.versions import STAGES, Version, added_up, adopted, rivals

DECEMBER = dt.date(2025, 12, 11)


def _version(name: str, stage: str = "", approved: int = 0, stated: int = 0) -> Version:
    return Version(name, 2026, (stage,) if stage else (), 10, stated, approved, known_on=DECEMBER)


@pytest.mark.parametrize(
    ("version", "why"),
    [
        (_version("B1"), ""),
        (_version("B1", "adopted"), ""),
        (_version("B1", "adopted", 10, 10), ""),
        (_version("B1", "adopted", 9, 10), ""),
        (_version("B1", "adopted", 0, 10), "B1 is not approved"),
        (_version("B1", "draft", 10, 10), "B1 is a draft"),
    ],
)
def test_a_draft_and_what_nobody_approved_count_nowhere(version: Version, why: str) -> None:
    assert (version.why, version.counts) == (why, not why)


def test_an_approval_to_come_says_when() -> None:
    version = Version("B1", 2026, ("adopted",), 10, 10, 0, later=DECEMBER)
    assert version.why == "B1 is not approved until 2025-12-11"


def test_a_version_in_part_approved_says_so() -> None:
    assert _version("B1", "adopted", 9, 10).approval == "approved in part"
    assert _version("B1", "adopted").approval == "not stated"


def test_the_one_adopted_version_of_a_year_is_found() -> None:
    versions = [_version("B1", "adopted"), _version("R1", "revised"), _version("W", "draft")]
    assert adopted(versions, 2026) == "B1"
    assert adopted(versions, 2027) is None
    assert adopted([*versions, _version("B2", "adopted")], 2026) is None


@pytest.mark.parametrize(
    ("one", "other", "named", "clash"),
    [
        (_version("B1", "adopted"), _version("B2", "adopted"), True, True),
        (_version("B1", "adopted"), _version("B2", "draft"), False, False),
        (_version("B1", "adopted"), _version("R1", "revised"), False, False),
        (_version("B1", "adopted", 10, 10), _version("B2", "adopted", 0, 10), False, False),
        (_version("B1", "", 10, 10), _version("B2", "", 10, 10), False, True),
        (_version("B1", "", 10, 10), _version("B2", "", 10, 10), True, False),
        (_version("B1"), _version("B2"), False, False),
        (_version("R1", "revised"), _version("R2", "revised"), False, True),
        (
            _version("R1", "revised"),
            Version("R2", 2026, ("revised",), 10, known_on=dt.date(2026, 5, 19)),
            False,
            False,
        ),
        (_version("B1", "adopted"), Version("B1", 2027, ("adopted",), 10), False, False),
    ],
)
def test_two_versions_of_one_stage_are_rivals(
    one: Version, other: Version, *, named: bool, clash: bool
) -> None:
    assert bool(rivals([one, other], named=named)) is clash


def test_versions_stand_in_the_order_they_followed_each_other() -> None:
    days = [dt.date(2026, 5, 19), dt.date(2026, 8, 19)]
    found = added_up(
        [
            Version("what-if", 2026, ("draft",), 1),
            Version("third", 2026, ("outlook",), 1),
            Version("b", 2026, ("revised",), 1, 1, 1, days[0]),
            Version("a", 2026, ("revised",), 1, 1, 1, days[1]),
            Version("plan", 2026, ("adopted",), 1),
        ]
    )
    assert [version.name for version in found] == ["plan", "b", "a", "third", "what-if"]


@given(st.permutations(range(6)), st.lists(st.sampled_from(["", *STAGES]), min_size=6, max_size=6))
def test_rows_add_up_in_any_order(order: list[int], stages: list[str]) -> None:
    parts = [
        Version("B1", 2026, (stage,) if stage else (), 2, 1, place % 2, known_on=DECEMBER)
        for place, stage in enumerate(stages)
    ]
    (whole,) = added_up(parts)
    (mixed,) = added_up([parts[place] for place in order])
    assert (whole.rows, whole.stated, whole.approved) == (12, 6, 3)
    assert (mixed.rows, mixed.stated, mixed.approved) == (12, 6, 3)
    assert set(mixed.stages) == set(whole.stages)
    assert mixed.stage == whole.stage
