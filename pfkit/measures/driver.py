"""The one driver that explains a change, or the answer that there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pfkit.measures.bridge import STEPS
from pfkit.measures.rows import MONEY, RATE, TEXT, money, require, result, whole_cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

COVER = 0.6
NO_DRIVER = "no single driver"

_DRIVER = {
    "row_key": TEXT,
    "variance": MONEY,
    "driver": TEXT,
    "driver_key": TEXT,
    "driver_amount": MONEY,
    "driver_share": RATE,
    "rest": MONEY,
    "reason": TEXT,
}


def driver(steps: pd.DataFrame, *, cover: float = COVER) -> pd.DataFrame:
    r"""Name the one driver that explains a change, or say that there is none.

    Use it for the sentence beside a bridge.

    Parameters
    ----------
    steps : pandas.DataFrame
        Result of `bridge`.
    cover : float
        The share of the whole change a driver must cover to be named, as a fraction.

    Returns
    -------
    pandas.DataFrame
        One row (none for an empty bridge): ``row_key`` (``driver``), ``variance`` in reporting
        currency, ``driver`` (label, or empty), ``driver_key`` (row of the bridge),
        ``driver_amount``, ``driver_share`` (fraction, above 1 where others offset it), ``rest``
        (variance without the driver) and ``reason`` (``no single driver`` ...).

    Raises
    ------
    ContractError
        If `steps` is not the result of `bridge`.

    Notes
    -----
    The driver is the largest step by size; it is named when
    :math:`step / variance \ge cover` and no other step covers as much. ``Other`` is never a
    driver: it is many.

    References
    ----------
    .. [1] Horngren, Datar and Rajan, *Cost Accounting*, ch. 7 (management by exception).

    Examples
    --------
    >>> import pandas as pd
    >>> from pfkit.measures.bridge import bridge
    >>> gap = pd.DataFrame({"product": ["A", "B"], "budget": [10.0, 10.0], "actual": [17.0, 13.0]})
    >>> driver(bridge(gap, start="budget", end="actual"))[["driver", "driver_share"]].values[0]
    array(['A', 0.7], dtype=object)
    """
    require(steps, list(STEPS), name="steps")
    if steps.empty:
        return result([], _DRIVER)
    cents = whole_cents(steps["amount"], name="steps")
    change = int(cents[steps["role"] == "end"].sum() - cents[steps["role"] == "start"].sum())
    single = [
        (size, str(label), str(key))
        for size, label, key, role in zip(
            cents.tolist(), steps["step"], steps["row_key"], steps["role"], strict=True
        )
        if role == "step"
    ]
    lead = leading([size for size, _, _ in single], change, cover)
    found: dict[str, Any] = dict.fromkeys(_DRIVER) | {
        "row_key": "driver",
        "variance": money(change),
        "driver": "",
        "driver_key": "",
        "reason": f"{NO_DRIVER} covers {cover:.0%} of the variance" if change else "no variance",
    }
    if lead is not None:
        size, label, key = single[lead]
        found |= {
            "driver": label,
            "driver_key": key,
            "driver_amount": money(size),
            "driver_share": size / change,
            "rest": money(change - size),
            "reason": "",
        }
    return result([found], _DRIVER)


def leading(sizes: Sequence[int], change: int, cover: float) -> int | None:
    """Return the place of the one step that explains a change; the rule is in `driver`.

    Examples
    --------
    >>> leading([70, 30], 100, 0.6), leading([50, 50], 100, 0.6), leading([90, 80, -70], 100, 0.6)
    (0, None, None)
    """
    if not change or not sizes:
        return None
    place = max(range(len(sizes)), key=lambda step: abs(sizes[step]))
    covering = [step for step, size in enumerate(sizes) if size / change >= cover]
    return place if covering == [place] else None
