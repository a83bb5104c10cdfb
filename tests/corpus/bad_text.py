"""Text files that arrive damaged: encodings, line ends, quotes, headers, ragged rows, preambles."""

from __future__ import annotations

import codecs
from typing import Final

from tests.corpus import rows as clean
from tests.corpus.case import (
    ACCEPT,
    QUARANTINE,
    REJECT,
    REPAIR,
    WARN,
    Shelf,
)
from tests.corpus.write import gzipped, lines, plain, text, zipped

shelf = Shelf()
ROWS: Final = clean.ledger(24)
TOTAL: Final = clean.total(ROWS)
NAMED: Final = clean.change(ROWS, 4, memo="Büro Zürich, façade, 50 €")
LESS_ONE: Final = {at: TOTAL - clean.total([ROWS[at]]) for at in range(len(ROWS))}


def _encodings() -> None:
    whole = {"accepted": 24, "amount": TOTAL}
    shelf.add(
        "cp1252.csv", "encoding", plain(NAMED, encoding="cp1252"), REPAIR, says=("cp1252",), **whole
    )
    shelf.add(
        "utf16-le-mark.csv",
        "encoding",
        codecs.BOM_UTF16_LE + plain(NAMED, encoding="utf-16-le"),
        REPAIR,
        **whole,
    )
    shelf.add(
        "utf16-be-mark.csv",
        "encoding",
        codecs.BOM_UTF16_BE + plain(NAMED, encoding="utf-16-be"),
        REPAIR,
        **whole,
    )
    for name in ("utf-16-le", "utf-16-be"):
        shelf.add(
            f"{name}-bare.csv",
            "encoding",
            plain(NAMED, encoding=name),
            (REPAIR, REJECT),
            says=("utf-16",),
            because="every second byte is NUL, which tells the encoding; refusing and "
            "naming it is safe too",
        )
    shelf.add(
        "utf8-mark.csv",
        "encoding",
        codecs.BOM_UTF8 + plain(NAMED),
        (REPAIR, ACCEPT),
        **whole,
        because="the mark is harmless",
    )
    parts = plain(NAMED).splitlines(keepends=True)
    mixed = b"".join(
        [*parts[:9], parts[9].replace(b"Entry 9", "Entrée 9".encode("cp1252")), *parts[10:]]
    )
    shelf.add(
        "mixed-encodings.csv",
        "encoding",
        mixed,
        QUARANTINE,
        names=("10",),
        accepted=23,
        amount=LESS_ONE[8],
    )
    cut = plain(NAMED).replace("ç".encode(), b"\xc3", 1)
    shelf.add(
        "half-a-letter.csv",
        "encoding",
        cut,
        QUARANTINE,
        names=("6",),
        accepted=23,
        amount=LESS_ONE[4],
    )
    shelf.add(
        "mark-then-cp1252.csv",
        "encoding",
        codecs.BOM_UTF8 + plain(NAMED, encoding="cp1252"),
        (REPAIR, QUARANTINE),
        because="the mark lies: read as cp1252 with a remark, or hold the row back",
    )
    double = clean.change(ROWS, 4, memo="BÃ¼ro ZÃ¼rich")
    shelf.add(
        "encoded-twice.csv",
        "encoding",
        plain(double),
        (ACCEPT, WARN),
        **whole,
        because="a memo that was encoded twice is text still",
    )
    shelf.add(
        "utf16-odd-length.csv",
        "encoding",
        codecs.BOM_UTF16_LE + plain(ROWS, encoding="utf-16-le")[:-1],
        (REJECT, QUARANTINE),
        because="the last letter is half a letter: the file was cut",
    )
    shelf.add(
        "binary-noise.csv", "encoding", bytes((at * 7919 + 13) % 251 for at in range(4000)), REJECT
    )
    replaced = clean.change(ROWS, 4, product="Z�rich")
    shelf.add(
        "replacement-sign-in-key.csv",
        "encoding",
        plain(replaced),
        (WARN, QUARANTINE),
        names=("6",),
        because="the letter is lost for good in a column that joins",
    )


def _nul() -> None:
    both = (REJECT, QUARANTINE)
    why = "the row is lost either way; the line must be named"
    shelf.add(
        "nul-in-amount.csv",
        "NUL",
        text(ROWS).replace(ROWS[5]["amount"], "12\x0034", 1),
        both,
        names=("7",),
        because=why,
    )
    shelf.add(
        "nul-in-memo.csv",
        "NUL",
        text(clean.change(ROWS, 5, memo="a\x00b")),
        both,
        names=("7",),
        because=why,
    )
    shelf.add(
        "nul-tail.csv",
        "NUL",
        plain(ROWS) + bytes(512),
        both,
        names=("26",),
        because="a file cut by a crash ends in zeros: refuse, or hold the tail back",
    )
    shelf.add("all-nul.csv", "NUL", bytes(2048), REJECT)


def _line_ends() -> None:
    whole = {"accepted": 24, "amount": TOTAL}
    fine = (ACCEPT, REPAIR)
    shelf.add(
        "line-ends-cr.csv",
        "line ends",
        text(ROWS, end="\r"),
        fine,
        **whole,
        because="old line ends are no fault",
    )
    shelf.add(
        "line-ends-mixed.csv",
        "line ends",
        text(ROWS[:12]) + text(ROWS[12:], end="\r\n").split("\r\n", 1)[1],
        fine,
        **whole,
        because="as above",
    )
    shelf.add(
        "line-ends-doubled.csv",
        "line ends",
        text(ROWS, end="\r\r\n"),
        fine,
        **whole,
        because="each blank line between the rows is skipped and may be listed",
    )
    shelf.add(
        "blank-lines.csv",
        "line ends",
        text(ROWS).replace("\n", "\n\n"),
        fine,
        **whole,
        because="as above",
    )
    shelf.add(
        "control-z.csv",
        "line ends",
        text(ROWS) + "\x1a",
        (REPAIR, QUARANTINE),
        accepted=24,
        amount=TOTAL,
        because="the mark of old systems for the end of a file",
    )


def _quotes() -> None:
    parts = lines(ROWS)
    never = [*parts[:7], parts[7].replace("Entry 7", '"Entry 7'), *parts[8:]]
    shelf.add(
        "quote-never-closed.csv",
        "quotes",
        "".join(never),
        (QUARANTINE, REJECT),
        names=("8",),
        because="the row, or the file, is in doubt; no row may vanish into the field",
    )
    inner = [*parts[:7], parts[7].replace("Entry 7", 'a 5" pipe'), *parts[8:]]
    shelf.add(
        "quote-inside.csv",
        "quotes",
        "".join(inner),
        (REPAIR, ACCEPT),
        accepted=24,
        amount=TOTAL,
        because="the quote is text of the field",
    )
    single = text(clean.change(ROWS, 6, memo="x")).replace(",x\n", ",'big, blue'\n")
    shelf.add(
        "single-quotes.csv",
        "quotes",
        single,
        QUARANTINE,
        names=("8",),
        accepted=23,
        amount=LESS_ONE[6],
    )
    curly = text(ROWS).replace("Entry 7", "“Entry 7”")
    shelf.add(
        "curly-quotes.csv",
        "quotes",
        curly,
        (ACCEPT, REPAIR),
        accepted=24,
        amount=TOTAL,
        because="curly quotes are letters",
    )
    slash = text(clean.change(ROWS, 6, memo="x")).replace(",x\n", ',"a \\"big\\" one"\n')
    shelf.add(
        "backslash-quotes.csv",
        "quotes",
        slash,
        (QUARANTINE, REPAIR),
        names=("8",),
        because="two dialects: hold back, or read with a remark",
    )


def _ragged() -> None:
    parts = lines(ROWS)
    short = [*parts[:7], "GL-100007,2026-03-01,4000\n", *parts[8:]]
    shelf.add(
        "row-too-short.csv",
        "ragged",
        "".join(short),
        QUARANTINE,
        names=("8",),
        accepted=23,
        quarantined=1,
        amount=LESS_ONE[6],
    )
    long = [*parts[:7], parts[7].strip() + ",more\n", *parts[8:]]
    shelf.add(
        "row-too-long.csv",
        "ragged",
        "".join(long),
        QUARANTINE,
        names=("8",),
        accepted=23,
        quarantined=1,
        amount=LESS_ONE[6],
    )
    bare = [*parts[:7], parts[7].replace("Entry 7", "paper, ink"), *parts[8:]]
    shelf.add(
        "comma-not-quoted.csv",
        "ragged",
        "".join(bare),
        QUARANTINE,
        names=("8",),
        accepted=23,
        quarantined=1,
        amount=LESS_ONE[6],
    )
    broken = [*parts[:7], parts[7].replace("Entry 7", "two\nlines"), *parts[8:]]
    shelf.add(
        "line-break-not-quoted.csv",
        "ragged",
        "".join(broken),
        QUARANTINE,
        names=("9",),
        because="the second half is no row",
    )
    shelf.add(
        "trailing-delimiter.csv",
        "ragged",
        "".join(f"{part.strip()},\n" for part in parts),
        (REPAIR, ACCEPT),
        accepted=24,
        amount=TOTAL,
        because="a column without name or content",
    )
    some = [parts[0], *(f"{part.strip()},\n" for part in parts[1:])]
    shelf.add(
        "trailing-delimiter-in-rows.csv",
        "ragged",
        "".join(some),
        (REPAIR, REJECT),
        because="all rows end in one empty field more: drop it with a remark, or "
        "refuse; not 24 rows held back one by one",
    )
    cut = plain(ROWS)
    at = cut.rindex(b"EUR")
    shelf.add(
        "cut-in-last-row.csv",
        "truncated",
        cut[:at],
        QUARANTINE,
        names=("25",),
        accepted=23,
        quarantined=1,
        amount=LESS_ONE[23],
    )
    shelf.add(
        "cut-in-amount.csv",
        "truncated",
        cut[: cut.rindex(b",Entry") - 3],
        QUARANTINE,
        names=("25",),
        accepted=23,
        amount=LESS_ONE[23],
    )


def _headers() -> None:
    body = text(ROWS).split("\n", 1)
    shelf.add(
        "header-twice.csv",
        "header",
        text(ROWS).replace("memo", "amount", 1),
        REJECT,
        says=("twice",),
        names=("1",),
    )
    shelf.add(
        "header-case-twice.csv",
        "header",
        text(ROWS).replace("memo", "Amount", 1),
        REJECT,
        says=("twice",),
    )
    shelf.add("header-absent.csv", "header", body[1], REJECT)
    shelf.add(
        "header-only.csv",
        "header",
        body[0] + "\n",
        (WARN, ACCEPT),
        accepted=0,
        amount=0,
        because="a period without entries has its header; an empty feed deserves a word",
    )
    shelf.add(
        "header-empty-name.csv",
        "header",
        text(ROWS).replace("memo", "", 1),
        (REPAIR, WARN),
        accepted=24,
        amount=TOTAL,
        because="a column without a name that is not needed",
    )
    shelf.add(
        "header-missing-amount.csv",
        "header",
        text(clean.without(ROWS, "amount")),
        REJECT,
        says=("amount",),
    )
    shelf.add(
        "header-missing-date.csv",
        "header",
        text(clean.without(ROWS, "posting_date")),
        REJECT,
        says=("posting_date",),
    )
    shelf.add(
        "header-missing-account.csv",
        "header",
        text(clean.without(ROWS, "account")),
        REJECT,
        says=("account",),
    )
    shelf.add(
        "header-misspelled.csv",
        "header",
        text(ROWS).replace("amount", "amuont", 1),
        REJECT,
        says=("amuont", "amount"),
    )
    shelf.add(
        "header-shout.csv",
        "header",
        text(ROWS, header=[f" {name.upper().replace('_', ' ')} " for name in ROWS[0]]),
        (REPAIR,),
        accepted=24,
        amount=TOTAL,
    )
    shelf.add(
        "header-centre.csv",
        "header",
        text(ROWS).replace("cost_center", "Cost Centre", 1),
        REPAIR,
        accepted=24,
        amount=TOTAL,
    )
    shelf.add(
        "header-mark-inside.csv",
        "header",
        text(ROWS).replace("account", "\ufeffaccount", 1),
        REPAIR,
        accepted=24,
        amount=TOTAL,
    )
    shelf.add(
        "header-unknown-more.csv",
        "header",
        text(clean.each(ROWS, colour="red")),
        (ACCEPT, WARN),
        accepted=24,
        amount=TOTAL,
        because="a column nobody asked for is left alone",
    )
    shelf.add(
        "preamble.csv",
        "preamble",
        "Ledger export of May\nprinted by finance\n\n" + text(ROWS),
        (REPAIR, REJECT),
        because="the header is found below with a remark, or the person is told where it stands",
    )
    shelf.add(
        "preamble-wide.csv",
        "preamble",
        "Company;Example Ltd;;;;;;\nPeriod;2026;;;;;;\n" + text(ROWS, delimiter=";"),
        (REPAIR, REJECT),
        because="as above",
    )
    shelf.add(
        "comment-lines.csv",
        "preamble",
        "# exported 2026-12-31\n" + text(ROWS),
        (REPAIR, REJECT),
        because="as above",
    )
    shelf.add(
        "footer.csv",
        "preamble",
        text(ROWS) + "End of report\n",
        QUARANTINE,
        names=("26",),
        accepted=24,
        amount=TOTAL,
    )
    shelf.add(
        "sep-line.csv",
        "preamble",
        "sep=;\n" + text(ROWS, delimiter=";"),
        (REPAIR, ACCEPT),
        accepted=24,
        amount=TOTAL,
        because="Excel's own way to name the delimiter",
    )


def _concatenated() -> None:
    both = text(ROWS[:12]) + text(ROWS[12:])
    listed = (REPAIR, QUARANTINE)
    why = "the second header is left out with a remark, or held back; it is never a row"
    shelf.add(
        "header-again.csv",
        "concatenated",
        both,
        listed,
        names=("14",),
        accepted=24,
        amount=TOTAL,
        because=why,
    )
    marked = codecs.BOM_UTF8 + text(ROWS[:12]).encode() + codecs.BOM_UTF8 + text(ROWS[12:]).encode()
    shelf.add(
        "mark-and-header-again.csv",
        "concatenated",
        marked,
        listed,
        names=("14",),
        accepted=24,
        amount=TOTAL,
        because=why,
    )
    middle = text(ROWS[:12]).encode() + codecs.BOM_UTF8 + "".join(lines(ROWS[12:])[1:]).encode()
    shelf.add(
        "mark-in-the-middle.csv",
        "concatenated",
        middle,
        listed,
        because="the mark is removed with a remark, or the row held back; no id keeps it",
    )
    order = ["amount", *[name for name in ROWS[0] if name != "amount"]]
    other = [{name: row[name] for name in order} for row in ROWS[12:]]
    shelf.add(
        "two-layouts-same-width.csv",
        "concatenated",
        text(ROWS[:12]) + text(other),
        (QUARANTINE, REJECT),
        accepted=None,
        because="the second half has other columns: hold it back or refuse; never read "
        "under the first header",
    )
    fewer = clean.without(ROWS[12:], "memo", "product")
    shelf.add(
        "two-layouts-other-width.csv",
        "concatenated",
        text(ROWS[:12]) + text(fewer),
        (QUARANTINE, REJECT),
        because="as above",
    )


def _empty() -> None:
    for name, body in (
        ("empty.csv", b""),
        ("spaces.csv", b"   \n \t \n"),
        ("newlines.csv", b"\n\n\n"),
        ("only-mark.csv", codecs.BOM_UTF8),
    ):
        shelf.add(name, "empty", body, REJECT)
    shelf.add("one-word.csv", "empty", b"hello\n", REJECT)
    shelf.add(
        "prose.csv", "empty", b"Dear all,\nplease find the ledger attached.\nBest, Ann\n", REJECT
    )


def _wrapped() -> None:
    body = gzipped(plain(clean.ledger(400)))
    shelf.add("cut.csv.gz", "compressed", body[: len(body) // 2], REJECT)
    shelf.add("tail-cut.csv.gz", "compressed", body[:-5], REJECT)
    flipped = bytearray(body)
    flipped[len(body) // 2] ^= 0x10
    shelf.add("flipped.csv.gz", "compressed", bytes(flipped), REJECT)
    shelf.add(
        "named-csv-is-gzip.csv",
        "compressed",
        gzipped(plain(ROWS)),
        (REPAIR, ACCEPT),
        accepted=24,
        amount=TOTAL,
        because="the content says what it is",
    )
    shelf.add(
        "named-gz-is-csv.csv.gz",
        "compressed",
        plain(ROWS),
        (REPAIR, ACCEPT),
        accepted=24,
        amount=TOTAL,
        because="as above",
    )
    shelf.add("gzip-twice.csv.gz", "compressed", gzipped(gzipped(plain(ROWS))), REJECT)
    shelf.add(
        "two-gzip-members.csv.gz",
        "compressed",
        gzipped(text(ROWS[:12]).encode()) + gzipped("".join(lines(ROWS[12:])[1:]).encode()),
        (ACCEPT, REPAIR),
        accepted=24,
        amount=TOTAL,
        because="members joined are one text by the format's own rule",
    )
    shelf.add(
        "gzip-and-noise.csv.gz",
        "compressed",
        gzipped(plain(ROWS)) + b"noise behind the end",
        REJECT,
    )
    shelf.add(
        "one-csv.zip",
        "compressed",
        zipped({"ledger.csv": plain(ROWS)}),
        (REPAIR, ACCEPT),
        accepted=24,
        amount=TOTAL,
        because="one table in the archive: nothing to choose",
    )
    shelf.add(
        "two-csv.zip",
        "compressed",
        zipped({"a.csv": plain(ROWS[:12]), "b.csv": plain(ROWS[12:])}),
        REJECT,
        says=("a.csv",),
    )
    shelf.add(
        "slip.zip",
        "compressed",
        zipped({"../../etc/cron.d/x": plain(ROWS)}),
        (ACCEPT, REJECT),
        because="nothing is unpacked to disk, so the name can do no harm; refusing is safe too",
    )
    shelf.add("empty.zip", "compressed", zipped({}), REJECT)


for fill in (
    _encodings,
    _nul,
    _line_ends,
    _quotes,
    _ragged,
    _headers,
    _concatenated,
    _empty,
    _wrapped,
):
    fill()
