from __future__ import annotations

from typing import TYPE_CHECKING

import pfkit as pf

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "entry_id,posting_date,account,cost_center,product,currency,amount,memo\n"


def _told(folder: Path, *rows: tuple[str, str]) -> list[tuple[str, int]]:
    lines = [f"{entry},2026-01-05,4000,Sales,{product},EUR,5.00,m\n" for entry, product in rows]
    (folder / "a.csv").write_text(HEADER + "".join(lines), encoding="utf-8")
    found = pf.check_file(folder / "a.csv", table="ledger")["findings"]
    return [(finding["rule"], finding["line"]) for finding in found]


def test_ids_apart_by_case_only_are_told_once(tmp_path: Path) -> None:
    found = _told(tmp_path, ("GL-1", "Atlas"), ("GL-2", "Atlas"), ("gl-1", "Atlas"))
    assert found == [("ids alike but for case", 4)]


def test_a_letter_of_another_alphabet_is_told(tmp_path: Path) -> None:
    assert _told(tmp_path, ("1", "Atlas"), ("2", "\u0410tlas")) == [("look-alike letters", 3)]


def test_words_of_one_alphabet_each_are_no_look_alike(tmp_path: Path) -> None:
    words = (
        "\u0391\u03c4\u03bb\u03b1\u03c2 Atlas",
        "\u0410\u0442\u043b\u0430\u0441",
        "M\u00fcller",
    )
    assert not _told(tmp_path, *((str(at), word) for at, word in enumerate(words)))
