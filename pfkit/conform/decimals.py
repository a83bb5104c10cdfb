"""Exact decimals as the nearest floats, without a Python object for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Whole numbers up to this have a float of their own, and so have powers of ten up to the other.
_WHOLE: Final = 2**53
_TENS: Final = 22


def floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """Return decimals as floats, each the nearest there is; empty ones are NaN.

    Examples
    --------
    >>> from decimal import Decimal
    >>> floats(pa.chunked_array([pa.array([Decimal("0.10"), None])])).tolist()
    [0.1, nan]
    """
    pieces = [_floats(piece) for piece in column.chunks]
    return np.concatenate([np.empty(0), *pieces])


def _floats(piece: pa.Array) -> NDArray[np.float64]:
    scale = piece.type.scale
    wide = piece.cast(pa.decimal128(38, scale))
    pairs = np.frombuffer(wide.buffers()[1], dtype="<i8").reshape(-1, 2)
    low, high = pairs[wide.offset : wide.offset + len(wide)].T
    known = np.asarray(wide.is_valid())
    # one division of two exact floats is the nearest there is
    exact = (high == low >> 63) & (low >= -_WHOLE) & (low <= _WHOLE) & (scale <= _TENS)
    found = np.where(known, low / float(10 ** min(scale, _TENS)), np.nan)
    rest = np.flatnonzero(known & ~exact)
    found[rest] = [float(value) for value in wide.take(pa.array(rest)).to_pylist()]
    return found
