from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _ledger(folder: Path, amount: Callable[[int, str, str], str], memo: str = "m") -> list[str]:
    """Write 12 months of two accounts and three products, and return the warnings."""
    lines = ["entry_id,posting_date,account,cost_center,product,currency,amount,memo"]
    for month in range(1, 13):
        for account in ("4000", "5100"):
            for product in ("Atlas", "Borea", "Cobalt"):
                for turn in range(2):
                    value = amount(month, account, product)
                    lines.append(
                        f"E{len(lines)},2026-{month:02d}-0{turn + 1},{account},Sales,{product},"
                        f"EUR,{value},{memo}"
                    )
    file = folder / "ledger.csv"
    file.write_text("\n".join(lines) + "\n")
    found = pf.check_file(file, table="ledger")
    return [f"{finding['rule']}: {finding['message']}" for finding in found["findings"]]


def test_an_account_that_turns_its_sign_for_good_is_told_with_its_months(tmp_path: Path) -> None:
    (told,) = _ledger(
        tmp_path, lambda month, account, _: "-9.50" if month > 9 and account == "4000" else "9.50"
    )
    assert told.startswith("sign: all 18 amounts of account 4000 in month 2026-10, 2026-11, 2026-1")


def test_a_product_against_the_sign_of_the_others_is_told(tmp_path: Path) -> None:
    (told,) = _ledger(
        tmp_path,
        lambda _, account, product: "-9.50" if (account, product) == ("4000", "Borea") else "9.50",
    )
    assert told.startswith("sign: all 24 amounts of account 4000 in product Borea are of the other")


def test_a_product_of_discounts_is_no_turned_sign(tmp_path: Path) -> None:
    lines = ["entry_id,posting_date,account,cost_center,product,currency,amount,memo"]
    for month in range(1, 13):
        for at, (product, value) in enumerate((("Atlas", "90"), ("Discounts", "-9"))):
            lines.append(f"E{month}-{at},2026-{month:02d}-01,4000,Sales,{product},EUR,{value}.50,m")
    (tmp_path / "a.csv").write_text("\n".join(lines))
    assert pf.check_file(tmp_path / "a.csv", table="ledger")["verdict"] == "accept"


@pytest.mark.parametrize("memo", ["refund", "credit note"])
def test_a_turned_sign_that_says_why_is_left_alone(tmp_path: Path, memo: str) -> None:
    assert not _ledger(
        tmp_path,
        lambda month, account, _: "-9.50" if month > 9 and account == "4000" else "9.50",
        memo,
    )


def test_an_account_that_books_both_ways_by_turns_has_no_sign_to_turn(tmp_path: Path) -> None:
    assert not _ledger(tmp_path, lambda month, *_: "-9.50" if month % 2 else "9.50")


def test_a_product_stated_in_cents_is_told_by_its_decimals_and_its_size(tmp_path: Path) -> None:
    (told,) = _ledger(tmp_path, lambda *row: "1250" if row[2] == "Borea" else "12.50")
    assert told.startswith("scale: the 48 amounts of product Borea have no decimals and are")
    assert not _ledger(tmp_path, lambda *row: "12.00" if row[2] == "Borea" else "12.50")
    assert not _ledger(tmp_path, lambda *row: "1250.75" if row[2] == "Borea" else "12.50")
