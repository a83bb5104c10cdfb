"""Amounts of another scale or sign than the rest: seen against the rows of their own kind."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from pfkit.conform.single.rows import Rows

    Floats = npt.NDArray[np.float64]
    Places = npt.NDArray[np.int64]

_LEAST_ROWS: Final = 12
_LEAST_GROUP: Final = 4
_LEAST_PARTS: Final = 3
#: Decades from the middle of its kind at which an amount is of another scale.
_DECADES: Final = 2.4
#: Decades between the odd amounts and the largest of the rest.
_GAP: Final = 1.0
_SEVERAL, _GAP_OF_SEVERAL = 4, 0.7
_LEAST_FAR: Final = 1.5
#: How many mean excesses of the tail the gap must be: one chance in two hundred where the tail is
#: a power law, as the largest amounts of ledgers are. Below the k largest a gap is k times smaller.
_TAILS: Final = 5.3
_SOME: Final = 0.4
_PART: Final = 0.3
_LEAST_TIGHT: Final = 8
_ONE_SIZE: Final = 0.75
_ONE_SIGN: Final = 0.95
_MANY: Final = 20
EXPLAINED: Final = re.compile(
    r"refund|credit|revers|storno|correct|adjust|return|accru|reclass|rebate|discount|write.?off|"
    r"cancel|void|gutschrift|chargeback",
    re.IGNORECASE,
)


def warn_scale(rows: Rows, groups: Sequence[str], *, month: str) -> None:
    """Warn of rows, months or products some thousand times the rest of their kind.

    Parameters
    ----------
    rows : Rows
        Settled rows.
    groups : sequence of str
        Columns that tell kinds apart, the first first.
    month : str
        Column that tells months apart.

    Notes
    -----
    The yardstick is the logarithm of an amount less the median of its kind, so that one size of
    payroll and another of coffee are both ordinary. An odd amount must stand 2.4 decades above its
    kind and apart from the largest of the rest by more than the tail of the file explains: the
    mean excess over the upper quartile, times 5.3 and divided by how many are odd.

    References
    ----------
    .. [1] A. Renyi, *On the theory of order statistics*, Acta Math. Hung. 4 (1953): the gaps of an
       exponential sample are independent, the k-th from the top with a mean of 1/k.
    """
    alive = [row for row in rows.alive() if rows.amounts[row]]
    if len(alive) < _LEAST_ROWS:
        return
    logs = np.log10(np.array([abs(float(rows.amounts[row] or 1)) for row in alive]))
    logs = _of_one_currency(rows, alive, logs)
    months = np.array([rows.text(month, row)[:7] for row in alive])
    there = [name for name in groups if name in rows.texts]
    kinds = [np.array([rows.text(name, row) for row in alive]) for name in there]
    for name, kind in zip(there, kinds, strict=True):
        if name in {"product", "feature"}:
            _whole(rows, alive, logs, kind, name)
    apart, group = _apart(logs, kinds)
    # a month may be most of a fine kind, but not of a coarse one
    flagged = _parts(rows, alive, _apart(logs, kinds[:1])[0], months, month)
    rest = np.flatnonzero(~np.isin(months, flagged))
    if len(rest) >= _LEAST_ROWS:
        odd = _odd(apart[rest], group[rest]) | _tight(apart[rest], group[rest])
        for at in rest[odd]:
            _tell_row(rows, alive[int(at)], float(apart[at]))


def _of_one_currency(rows: Rows, alive: Sequence[int], logs: Floats) -> Floats:
    """Return the logarithms without the size of each currency's unit: a yen is no euro."""
    if "currency" not in rows.texts:
        return logs
    names, codes = _codes(np.array([rows.text("currency", row) for row in alive]))
    if len(names) == 1:
        return logs
    medians, sizes = _medians(logs, codes, len(names))
    usual = np.where(sizes >= _LEAST_GROUP, medians, np.median(logs))
    return np.asarray(logs - usual[codes])


def _codes(values: npt.NDArray[np.str_]) -> tuple[npt.NDArray[np.str_], Places]:
    names, codes = np.unique(values, return_inverse=True)
    return names, codes.astype(np.int64)


def _medians(values: Floats, codes: Places, count: int) -> tuple[Floats, Places]:
    """Return the median of each group, zero of an empty one, and the sizes of the groups."""
    sizes = np.bincount(codes, minlength=count)
    medians = np.zeros(len(sizes))
    some = sizes > 0
    ranked = values[np.lexsort((values, codes))]
    starts = (np.cumsum(sizes) - sizes)[some]
    low, high = starts + (sizes[some] - 1) // 2, starts + sizes[some] // 2
    medians[some] = (ranked[low] + ranked[high]) / 2
    return medians, sizes


def _apart(logs: Floats, kinds: Sequence[npt.NDArray[np.str_]]) -> tuple[Floats, Places]:
    """Return how far each amount is from the middle of the finest kind with enough rows.

    An amount whose kind has too few rows is not judged, unless most are such: then the file is one
    kind. Beside the distances stands the number of each amount's kind.
    """
    middle = np.full(len(logs), np.nan)
    group = np.zeros(len(logs), dtype=np.int64)
    joined: npt.NDArray[np.str_] | None = None
    for kind in kinds:
        joined = kind if joined is None else np.char.add(np.char.add(joined, "\x1f"), kind)
        names, codes = _codes(joined)
        medians, sizes = _medians(logs, codes, len(names))
        enough = sizes[codes] >= _LEAST_GROUP
        middle = np.where(enough, medians[codes], middle)
        group = np.where(enough, codes + group.max() + 1, group)
    if np.isnan(middle).mean() > 1 / 2:
        return np.asarray(logs - np.median(logs)), np.zeros(len(logs), dtype=np.int64)
    return np.nan_to_num(logs - middle), group


def _whole(
    rows: Rows, alive: Sequence[int], logs: Floats, kind: npt.NDArray[np.str_], name: str
) -> None:
    """Warn of a product whose every amount is of another scale than all other products'."""
    names, codes = _codes(kind)
    if len(names) < _LEAST_PARTS:
        return
    medians, sizes = _medians(logs, codes, len(names))
    # without one of them, the middle of the others is one of the three in the middle of all
    around = np.sort(medians)[[len(names) // 2 - 1, min(len(names) // 2 + 1, len(names) - 1)]]
    far = np.abs(medians[:, None] - around).max(axis=1) > _DECADES
    for at in np.flatnonzero((sizes >= _LEAST_PARTS) & far):
        others = np.delete(medians, at)
        middle = float(np.median(others))
        spread = float(np.median(np.abs(others - middle))) * 1.4826
        away = float(medians[at]) - middle
        if abs(away) > max(_DECADES, 8 * spread) and float(np.ptp(others)) < _DECADES:
            found = [row for row, code in zip(alive, codes, strict=True) if code == at]
            _tell(rows, found, away, f"{name} {names[at]}", name)


def _parts(
    rows: Rows,
    alive: Sequence[int],
    apart: Floats,
    months: npt.NDArray[np.str_],
    month: str,
) -> npt.NDArray[np.str_]:
    """Warn of months of another scale than the others, and return them."""
    names, codes = _codes(months)
    if len(names) < _LEAST_PARTS:
        return names[:0]
    medians, sizes = _medians(apart, codes, len(names))
    middle = float(np.median(medians))
    odd = (np.abs(medians - middle) > _DECADES) & (sizes >= _LEAST_PARTS)
    if 2 * odd.sum() >= len(names):
        return names[:0]
    for at in np.flatnonzero(odd):
        found = [row for row, code in zip(alive, codes, strict=True) if code == at]
        _tell(rows, found, float(medians[at]) - middle, f"month {names[at]}", month)
    return names[odd]


def _odd(apart: Floats, group: Places) -> npt.NDArray[np.bool_]:
    """Return which distances stand apart from all others, and far above them."""
    order = np.argsort(-apart)
    ranked = apart[order]
    odd = np.zeros(len(apart), dtype=bool)
    most = min(int(_SOME * len(ranked)), int(np.count_nonzero(ranked > _LEAST_FAR)))
    if not most:
        return odd
    gaps = ranked[:most] - ranked[1 : most + 1]
    count = int(np.argmax(gaps)) + 1
    rest = ranked[count:]
    quarter = float(np.quantile(rest, 0.75))
    tail = rest[rest > quarter] - quarter
    excess = float(tail.mean()) if len(tail) else 0.0
    least = max(_GAP if count < _SEVERAL else _GAP_OF_SEVERAL, _TAILS * excess / count)
    if float(np.median(ranked[:count])) < _DECADES or float(gaps[count - 1]) < least:
        return odd
    odd[order[:count]] = True
    # where they are a good part of their kind, the kind has two sizes
    share = np.bincount(group, weights=odd) / np.maximum(np.bincount(group), 1)
    return odd & (share[group] <= _PART)


def _tight(apart: Floats, group: Places) -> npt.NDArray[np.bool_]:
    """Return which distances are far above kinds whose other amounts are all of one size."""
    odd = apart > _DECADES
    for kind in np.unique(group[odd]):
        inside = group == kind
        others = apart[inside & ~odd]
        alone = np.count_nonzero(inside & odd) <= _PART * np.count_nonzero(inside)
        if len(others) < _LEAST_TIGHT or np.ptp(others) > _ONE_SIZE or not alone:
            odd[inside] = False
    return odd


def _tell_row(rows: Rows, row: int, decades: float) -> None:
    stated = _stated(rows, row)
    rows.warn(
        row,
        "scale",
        _amount(rows),
        stated,
        f"{_amount(rows)} {stated} is about {10**decades:,.0f} times what is usual for its kind",
        "Check the unit: thousands among whole amounts, or a lost decimal mark.",
    )


def _tell(rows: Rows, found: Sequence[int], decades: float, what: str, column: str) -> None:
    factor = 10 ** abs(decades)
    way = f"{factor:,.0f} times" if decades > 0 else f"1/{factor:,.0f} of"
    rows.warn(
        found[0],
        "scale",
        column,
        what.partition(" ")[2],
        f"the {len(found)} amounts of {what} are about {way} those of the others "
        f"({rows.shown(found)})",
        "Check the unit: thousands among whole amounts, or cents.",
    )


def _amount(rows: Rows) -> str:
    return "units" if rows.kind == "usage" else "amount"


def _stated(rows: Rows, row: int) -> str:
    values = rows.stated.get(_amount(rows))
    return (values[row] if values else "") or ""


def warn_signs(rows: Rows, group: str, *, month: str) -> None:
    """Warn of the few amounts whose sign is against all others of their account.

    What takes back an equal amount of the account, or says in its memo that it corrects, is no
    flip.
    """
    if group not in rows.texts or rows.kind == "journal":
        return
    members: dict[str, list[int]] = {}
    for row in rows.alive():
        if rows.amounts[row]:
            members.setdefault(rows.text(group, row), []).append(row)
    for name, found in members.items():
        above = [row for row in found if (rows.amounts[row] or 0) > 0]
        below = [row for row in found if (rows.amounts[row] or 0) < 0]
        few, many = sorted((above, below), key=len)
        if len(found) < _MANY or not few:
            continue
        if not _flipped_month(rows, name, (few, many), group, month):
            _flipped(rows, f"{group} {name}", few, many)


def _flipped(rows: Rows, what: str, few: list[int], many: list[int]) -> None:
    count = len(few) + len(many)
    if len(many) < _ONE_SIGN * count or len(few) > max(2, count // 100):
        return
    taken = {abs(rows.amounts[row] or 0) for row in many}
    for row in few:
        if abs(rows.amounts[row] or 0) in taken or EXPLAINED.search(rows.text("memo", row)):
            continue
        stated = _stated(rows, row)
        rows.warn(
            row,
            "sign",
            "amount",
            stated,
            f"amount {stated} is of the other sign than the {len(many)} others of {what}, and "
            "takes back none of them",
            "Check the sign.",
        )


def _flipped_month(
    rows: Rows, name: str, sides: tuple[list[int], list[int]], group: str, month: str
) -> bool:
    few, many = sides
    months: dict[str, int] = {}
    for row in many:
        label = rows.text(month, row)[:7]
        months[label] = months.get(label, 0) + 1
    odd = {rows.text(month, row)[:7] for row in few}
    if len(odd) != 1 or odd & set(months) or len(months) < _LEAST_PARTS:
        return False
    (label,) = odd
    rows.warn(
        few[0],
        "sign",
        "amount",
        _stated(rows, few[0]),
        f"all {len(few)} amounts of {group} {name} in {label} are of the other sign than in the "
        f"{len(months)} other months ({rows.shown(few)})",
        "Check the sign of the month's export.",
    )
    return True
