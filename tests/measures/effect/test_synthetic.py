from __future__ import annotations

import numpy as np
import pytest

from pfkit.measures.effect.synthetic import fit

DICE = np.random.default_rng(4)
DONORS = DICE.normal(size=(8, 12)).cumsum(1) + 50


def test_a_mixture_of_donors_is_found_by_its_level() -> None:
    mine = 0.3 * DONORS[2] + 0.7 * DONORS[5]
    mine[9:] += 4.0
    found = fit(mine[None], DONORS, 9, "synthetic_control")
    assert found.units[[2, 5]].tolist() == pytest.approx([0.3, 0.7])
    assert found.effect == pytest.approx(4.0)
    assert found.misfit == pytest.approx(0.0, abs=1e-9)


def test_a_constant_apart_is_no_matter_to_the_others() -> None:
    for method in ("synthetic_did", "did"):
        one = fit(DONORS[:1], DONORS[1:], 8, method)  # type: ignore[arg-type]
        far = fit(DONORS[:1] + 1000.0, DONORS[1:], 8, method)  # type: ignore[arg-type]
        assert one.effect == pytest.approx(far.effect)


def test_differences_in_differences_by_hand() -> None:
    mine = np.array([[1.0, 3.0, 8.0], [3.0, 5.0, 10.0]])
    donors = np.array([[0.0, 2.0, 3.0], [4.0, 2.0, 5.0]])
    found = fit(mine, donors, 2, "did")
    assert found.effect == pytest.approx((9 - 3) - (4 - 2))
