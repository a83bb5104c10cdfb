"""Whole companies: clean months are silent, and a violation of every rule is told."""

from __future__ import annotations

import pytest

from bench._companies import SHAPES
from bench.controls import judge


@pytest.mark.parametrize("name", ["small", "round habits"])
def test_every_violation_is_told_and_nothing_else(name: str) -> None:
    """More companies and seeds: ``python -m bench controls``."""
    (shape,) = [shape for shape in SHAPES if shape.name == name]
    said: list[str] = []
    judged = judge(shape, 1, said.append)
    assert said == []
    assert (judged.false, judged.stray) == (0, 0)
    assert judged.told == judged.planted >= 10
