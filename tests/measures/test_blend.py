from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from pfkit.measures.anchors import LATEST, RUN, Anchors
from pfkit.measures.blend import blend
from pfkit.measures.replays import Replays

NAN = float("nan")


def replayed(truth: list[float]) -> Replays:
    """Give one line whose past is known in the last year."""
    count = len(truth)
    known = np.full((count, 1, count), NAN)
    known[-1, 0, :] = truth
    return Replays(
        labels=[("Fire",)],
        years=list(range(2020, 2020 + count)),
        known=[dt.date(2020 + year, 6, 30) for year in range(count)],
        spent=np.full((1, count), NAN),
        stated={},
        rest={},
        begun={},
        truth=known,
        before=np.full((1, count), NAN),
        outcome=known[-1],
        elapsed=0.5,
        by=("cost_center",),
    )


def anchored(latest: list[float], run: list[float]) -> Anchors:
    values = np.array([[latest], [run]], dtype=float)
    return Anchors([LATEST, RUN], values, values[0], np.abs(values[0]), np.zeros(values.shape))


def test_while_no_year_is_known_the_latest_plan_stands() -> None:
    found = blend(replayed([NAN]), anchored([100.0], [140.0]))
    assert found.outlook.tolist() == [[100.0]]
    assert found.weights[:, 0, 0].tolist() == [1.0, 0.0]


def test_weights_fall_with_the_eighth_power_of_the_error() -> None:
    # the plan missed 0.1 of itself, the run rate 0.2; the only line is all lines, so the held
    # means are the same: 0.103^-8 against 0.203^-8
    found = blend(replayed([110.0, NAN]), anchored([100.0, 100.0], [90.0, 140.0]))
    good, bad = 0.103**-8, 0.203**-8
    weight = good / (good + bad)
    assert found.weights[:, 0, 1] == pytest.approx([weight, 1 - weight])
    # 100 stands at weight / 2, 140 at weight + (1 - weight) / 2; one half lies between
    part = (0.5 - weight / 2) / 0.5
    assert found.outlook[0, 1] == round(100 + 40 * part)


def test_a_version_the_latest_plan_has_left_counts_as_missing_a_tenth_of_the_way() -> None:
    # both have missed nothing; the version says 40 where the latest plan says 100
    values = np.array([[[110.0, 40.0]], [[110.0, 100.0]]])
    left = np.array([[[0.0, 0.6]], [[0.0, 0.0]]])
    found = blend(
        replayed([110.0, NAN]),
        Anchors(["adopted", LATEST], values, values[1], np.array([[100.0, 100.0]]), left),
    )
    far, near = (0.06 + 0.003) ** -8, 0.003**-8
    assert found.weights[:, 0, 1] == pytest.approx([far / (far + near), near / (far + near)])


def test_anchors_that_say_nothing_have_no_weight() -> None:
    found = blend(replayed([110.0, NAN]), anchored([NAN, NAN], [90.0, 140.0]))
    assert found.outlook[0, 1] == 140.0
    assert found.weights[:, 0, 1].tolist() == [0.0, 1.0]
    assert np.isnan(blend(replayed([NAN]), anchored([NAN], [NAN])).outlook[0, 0])


def test_how_far_anchors_lie_apart_is_told_as_a_share_of_the_plan() -> None:
    found = blend(replayed([NAN]), anchored([100.0], [140.0]))
    assert found.apart[0, 0] == 0.0  # only the plan counts
    both = blend(replayed([110.0, NAN]), anchored([100.0, 100.0], [90.0, 140.0]))
    weight, value = both.weights[:, 0, 1], both.outlook[0, 1]
    away = weight[0] * (value - 100) + weight[1] * (140 - value)
    assert both.apart[0, 1] == pytest.approx(away / 100)
