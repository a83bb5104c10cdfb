"""Tell how a delimited text is written: where its header stands, what parts its fields."""

from __future__ import annotations

import re
from itertools import islice
from typing import Final

from pfkit.errors import SourceError
from pfkit.sources.records import blank, scan
from pfkit.sources.stray import walk

_DELIMITERS: Final = (",", ";", "\t", "|")
_NAMED: Final = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_HINT: Final = re.compile(rb"sep=(.)\r?\n", re.IGNORECASE)
_SAMPLE_BYTES: Final = 1 << 16
_SAMPLE_RECORDS: Final = 200
_AGREEING: Final = 0.9


def after_preamble(data: bytes, header: int, *, where: str) -> tuple[bytes, int, list[str], str]:
    r"""Cut what stands above the header.

    Parameters
    ----------
    data : bytes
        UTF-8 text.
    header : int
        Line the header stands on.
    where : str
        The file, for messages.

    Returns
    -------
    tuple
        The rest, the line it starts on, notes, and the delimiter a ``sep=`` line names, or empty.

    Raises
    ------
    SourceError
        If the header line lies past the end of the text.

    Examples
    --------
    >>> after_preamble(b"Report of May\nid,amount\n", 2, where="a.csv")
    (b'id,amount\n', 2, ['1 lines above the header skipped'], '')
    """
    if header < 1:
        raise SourceError(f"the header row is {header}", where=where, advice="Count lines from 1.")
    hint = _HINT.match(data)
    hinted, notes = "", []
    if hint:
        hinted = hint.group(1).decode("ascii", errors="replace")
        notes.append(f"line 1 names the delimiter: {hinted!r}")
    skip = max(header - 1, 1 if hint else 0)
    breaks = list(_first_breaks(data, skip))
    if len(breaks) < skip or (skip and not data[breaks[-1] :].strip()):
        total = len(data.splitlines())
        raise SourceError(
            f"the header is declared on line {header}, past the end of the text",
            where=f"{where} ({total} lines)",
            advice="Set header to the line that holds the column names.",
        )
    if header > 1:
        notes.append(f"{header - 1} lines above the header skipped")
    return (data[breaks[-1] :] if skip else data), skip + 1, notes, hinted


def _first_breaks(data: bytes, count: int) -> list[int]:
    found: list[int] = []
    for match in re.finditer(rb"\r\n|\n|\r", data):
        if len(found) == count:
            break
        found.append(match.end())
    return found


def choose_delimiter(declared: str, data: bytes, *, where: str) -> str:
    r"""Return the delimiter: as declared, or the one that most rows agree on.

    Parameters
    ----------
    declared : str
        One character, ``tab``, ``comma``, ``semicolon``, ``pipe``, or ``detect``.
    data : bytes
        UTF-8 text from the header on.
    where : str
        The file, for messages.

    Returns
    -------
    str
        One ASCII character.

    Raises
    ------
    SourceError
        If what is declared is not one ASCII character.

    Examples
    --------
    >>> choose_delimiter("detect", b"Name;Betrag\nA;1,5\nB;2,5\n", where="a.csv")
    ';'
    """
    named = _NAMED.get(declared, declared)
    if named != "detect":
        if len(named) != 1 or not named.isascii() or named in '"\r\n':
            raise SourceError(
                f"the delimiter {declared!r} is not one character",
                where=where,
                advice="Say ',', ';', 'tab', '|', or 'detect'.",
            )
        return named
    sample = data[:_SAMPLE_BYTES]
    if len(data) > len(sample):
        sample = sample[: max(sample.rfind(b"\n"), sample.rfind(b"\r")) + 1] or sample
    scores = [(*_score(sample, mark), -at, mark) for at, mark in enumerate(_DELIMITERS)]
    return max(scores)[-1]


def _score(sample: bytes, mark: str) -> tuple[bool, int, float]:
    """Judge a delimiter by how many fields it gives the header, and how many rows agree."""
    found = scan(sample, delimiter=mark)
    if found is None:
        walked = walk(sample, delimiter=mark)
        said = (len(record.fields) for record in walked if record.text.strip())
        widths = list(islice(said, _SAMPLE_RECORDS))
    else:
        empty = blank(sample, found, delimiter=mark)
        widths = found.fields[~empty].tolist()
    widths = widths[:_SAMPLE_RECORDS]
    if not widths or widths[0] == 1:
        return (False, 1, 0.0)
    share = sum(width == widths[0] for width in widths) / len(widths)
    return (share >= _AGREEING, widths[0], share)
