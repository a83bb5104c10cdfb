"""Blocks of a ledger that were exported another way: a sign turned round, cents for units."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from pfkit.conform.single.outliers import EXPLAINED

if TYPE_CHECKING:
    from pfkit.conform.single.rows import Rows

_ROWS: Final = 4
_ALONE: Final = 8
_MOSTLY: Final = 0.95
_PARTS: Final = 3
#: Decades around a hundredfold.
_HUNDRED: Final = (1.3, 2.7)
_SELDOM: Final = 0.2


def warn_blocks(rows: Rows, *, month: str) -> None:
    """Warn where an account changes its sign for good with a month, or with a product.

    Parameters
    ----------
    rows : Rows
        Settled rows.
    month : str
        Column that tells months apart.

    Notes
    -----
    A month or product counts when it has at least four entries of the account and 95 % of them
    have one sign. It is odd when the larger share of the account has the other sign throughout:
    an account that books both ways has no sign to turn.
    """
    if rows.kind == "journal" or "account" not in rows.texts:
        return
    members: dict[str, list[int]] = {}
    for row in rows.alive():
        if rows.amounts[row]:
            members.setdefault(rows.text("account", row), []).append(row)
    for account, found in members.items():
        for column, size in ((month, 7), ("product", None)):
            if column in rows.texts and _turned(rows, account, found, column, size):
                break


def _turned(rows: Rows, account: str, found: list[int], column: str, size: int | None) -> bool:
    parts: dict[str, list[int]] = {}
    for row in found:
        parts.setdefault(rows.text(column, row)[:size], []).append(row)
    signs: dict[str, int] = {}
    for name, part in parts.items():
        above = sum((rows.amounts[row] or 0) > 0 for row in part) / len(part)
        if len(part) >= _ROWS and (above >= _MOSTLY or above <= 1 - _MOSTLY):
            signs[name] = 1 if above >= _MOSTLY else -1
        elif 1 - _MOSTLY < above < _MOSTLY:
            return False
    ups = [name for name, sign in signs.items() if sign > 0]
    downs = [name for name, sign in signs.items() if sign < 0]
    few, many = sorted((ups, downs), key=lambda names: sum(len(parts[name]) for name in names))
    odd = [row for name in few for row in parts[name]]
    if not few or not many or len(odd) < _ALONE or _explained(rows, odd):
        return False
    if column == "product":
        if not all(_elsewhere(rows, account, name, few) for name in few):
            return False
    elif len(few) < _PARTS - 1 or len(many) < _PARTS or _changes(signs) >= _PARTS:
        return False
    word = "product" if column == "product" else "month"
    listed = ", ".join(sorted(few)[:6])
    rows.warn(
        odd[0],
        "sign",
        "amount",
        (rows.stated["amount"][odd[0]] or "") if "amount" in rows.stated else "",
        f"all {len(odd)} amounts of account {account} in {word} {listed} are of the other sign "
        f"than in the {len(many)} other{'s' if len(many) > 1 else ''} ({rows.shown(odd)})",
        "Check the sign of that export; correct it at the source.",
    )
    return True


def _explained(rows: Rows, odd: list[int]) -> bool:
    said = sum(bool(EXPLAINED.search(rows.text("memo", row))) for row in odd)
    return 2 * said > len(odd)


def _changes(signs: dict[str, int]) -> int:
    """Return how often the sign changes from one month to the next: what turns often means it."""
    ordered = [signs[name] for name in sorted(signs)]
    return sum(one != other for one, other in pairwise(ordered))


def _elsewhere(rows: Rows, account: str, product: str, few: list[str]) -> bool:
    """Return whether a product has the sign of the others in some other account.

    A product of discounts is negative and stands in no other account; a turned sign is at odds
    with what the same product does elsewhere.
    """
    mine: dict[str, list[bool]] = {}
    theirs: dict[str, list[bool]] = {}
    for row in rows.alive():
        name, other = rows.text("product", row), rows.text("account", row)
        if rows.amounts[row] and other != account:
            side = mine if name == product else theirs if name not in few else {}
            side.setdefault(other, []).append((rows.amounts[row] or 0) > 0)
    return any(
        len(found) >= _ROWS
        and other in theirs
        and (sum(found) > len(found) / 2) == (sum(theirs[other]) > len(theirs[other]) / 2)
        for other, found in mine.items()
    )


def warn_whole(rows: Rows) -> None:
    """Warn of a product that is stated in cents among others stated in units.

    It shows in two things at once: no amount of the product has a decimal while nearly all others
    do, and its amounts are about a hundred times those of the others in the same accounts.
    """
    stated = rows.texts.get("amount")
    if rows.kind == "journal" or stated is None or not {"product", "account"} <= set(rows.texts):
        return
    alive = [row for row in rows.alive() if rows.amounts[row]]
    whole = {row: not (stated[row] or "").partition(".")[2].strip("0") for row in alive}
    by_product: dict[str, list[int]] = {}
    for row in alive:
        by_product.setdefault(rows.text("product", row), []).append(row)
    even = sum(whole.values())
    for product, found in by_product.items():
        left = len(alive) - len(found)
        if len(found) < _ALONE or left < _ALONE or not all(whole[row] for row in found):
            continue
        if even - len(found) > _SELDOM * left:
            continue
        others = [row for row in alive if rows.text("product", row) != product]
        decades = _decades(rows, found, others)
        if len(decades) and _HUNDRED[0] < float(np.median(decades)) < _HUNDRED[1]:
            rows.warn(
                found[0],
                "scale",
                "product",
                product,
                f"the {len(found)} amounts of product {product} have no decimals and are about "
                f"{10 ** float(np.median(decades)):,.0f} times those of the others in the same "
                f"accounts ({rows.shown(found)})",
                "Check whether they are stated in cents.",
            )


def _decades(rows: Rows, found: list[int], others: list[int]) -> list[float]:
    """Return, for each account that both have, how many decades they are apart."""

    def medians(part: list[int]) -> dict[str, float]:
        logs: dict[str, list[float]] = {}
        for row in part:
            size = np.log10(abs(float(rows.amounts[row] or 1)))
            logs.setdefault(rows.text("account", row), []).append(float(size))
        return {name: float(np.median(values)) for name, values in logs.items()}

    mine, theirs = medians(found), medians(others)
    return [mine[name] - theirs[name] for name in mine if name in theirs]
