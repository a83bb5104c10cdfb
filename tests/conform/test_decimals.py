from __future__ import annotations

from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from pfkit.conform.decimals import floats


@pytest.mark.parametrize("scale", [0, 2, 8, 30])
def test_a_decimal_becomes_the_float_python_makes_of_it(scale: int) -> None:
    dice = np.random.default_rng(scale)
    digits = ["".join(map(str, dice.integers(0, 10, size))) for size in range(1, 37) for _ in "ab"]
    values = [Decimal(text).scaleb(-scale) for text in digits]
    values += [-value for value in values]
    kind = pa.decimal128(38, scale)
    column = pa.chunked_array([pa.array(values[:50], kind), pa.array(values[40:], kind)[10:]])
    assert floats(column).tolist() == [float(value) for value in values]


def test_the_edge_of_what_a_float_holds_exactly() -> None:
    edge = [2**53 - 1, 2**53, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63), 2**64, 0]
    column = pa.chunked_array([pa.array([Decimal(one) for one in edge], pa.decimal128(38, 0))])
    assert floats(column).tolist() == [float(one) for one in edge]


def test_empty_ones_are_nan_and_no_rows_are_none() -> None:
    kind = pa.decimal128(18, 2)
    found = floats(pa.chunked_array([pa.array([None, Decimal("1.10")], kind)]))
    assert np.isnan(found[0])
    assert found[1] == 1.1
    assert floats(pa.chunked_array([], kind)).tolist() == []
