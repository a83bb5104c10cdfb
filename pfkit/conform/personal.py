"""Personal data and secrets in a book: found by column, masked in every table, and listed."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pfkit.conform.engine import literal, quoted
from pfkit.conform.evidence import counted, grouped, judged
from pfkit.conform.sightings import Search, Sighting
from pfkit.contracts.personal import Doubt, kinds, mask
from pfkit.errors import PfkitError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pfkit.conform.declaration import Declaration
    from pfkit.conform.evidence import ControlResult, Evidence
    from pfkit.conform.pipeline import Conformed, LoadedSource

__all__ = ["Privacy", "Sighting", "kinds", "mask", "masked", "masking_errors", "personal_data"]

#: Where a rejected line of a file stands in the list.
UNREAD = "unreadable rows"

_ADVICE = {
    "e-mail": "Leave the column out of the export, map people to a code of their own, or allow it "
    "under [personal].",
    "card": "Leave it out of the export: a card number has no place in a report's input.",
    "bank account": "Leave it out of the export.",
    "secret": "Change the secret, which others have read by now, and leave it out of the export.",
}


@dataclass(frozen=True)
class Privacy:
    """What was searched for personal data and secrets, and what was found.

    Attributes
    ----------
    found : tuple of Sighting
        One per source, column and kind; masked unless the book allows it.
    columns : int
        Text columns that were searched.
    """

    found: tuple[Sighting, ...] = ()
    columns: int = 0


def key_of(declaration: Declaration) -> bytes:
    """Return the key a book's masks are made with: its own, else drawn from its declaration.

    Notes
    -----
    It stands in no output, so that nobody who reads a report can try addresses until one fits;
    it needs no file beside the book, so that a report made again is the same to the byte.
    """
    own = declaration.personal.key
    how = {"sources": {"__all__": {"partitioned"}}}  # the way a file is read changes nothing
    text = own or declaration.model_dump_json(exclude_unset=True, exclude=how)
    return hashlib.sha256(f"pfkit masks\n{text}".encode()).digest()


def masked(conformed: Conformed) -> Conformed:
    """Mask personal data and secrets in every row of a book; rules and maps have seen them before.

    Parameters
    ----------
    conformed : Conformed
        With every row settled; its engine's tables ``rows_<source>`` and ``final_<table>`` are
        changed in place.

    Returns
    -------
    Conformed
        With masked names of files and texts of rejected rows, and what was found.
    """
    key = key_of(conformed.declaration)
    allowed = frozenset(conformed.declaration.personal.allow)
    present = [held for held in conformed.sources if held.present]
    searches = [Search(held, conformed.engine) for held in present]
    settled: dict[str, frozenset[Doubt]] = {}
    for search in searches:
        for column, doubts in search.doubts.items():
            settled[column] = settled.get(column, frozenset()) | doubts
    found: list[Sighting] = []
    for search in searches:
        found += search.mask(key, settled, allowed)
    if "family" in conformed.maps:
        _follow(conformed, searches)
    found += [sighting for held in present for sighting in _unread(held)]
    return dataclasses.replace(
        conformed,
        sources=tuple(_hidden(held, key) for held in conformed.sources),
        privacy=Privacy(tuple(found), sum(len(search.columns) for search in searches)),
    )


@contextlib.contextmanager
def masking_errors() -> Iterator[None]:
    """Mask what an error says, and let go of the error below it where that says the same.

    Examples
    --------
    >>> with masking_errors():
    ...     raise PfkitError("customer 'joe@example.com' is not in the map")
    Traceback (most recent call last):
    pfkit.errors.PfkitError: customer '[e-mail]' is not in the map
    """
    try:
        yield
    except PfkitError as error:
        said = [mask(text) for text in (error.what, error.where, error.advice)]
        if said != [error.what, error.where, error.advice]:
            error.what, error.where, error.advice = said
            error.args = tuple(said)
            error.__cause__ = None
            error.__suppress_context__ = True
        raise


def personal_data(evidence: Evidence) -> list[ControlResult]:
    """Return what was found in the book's text columns, or one green line that nothing was."""
    privacy = evidence.conformed.privacy
    if not privacy.found:
        detail = (
            "no e-mail address, card or bank account number or secret in "
            f"{_columns(privacy.columns)}"
        )
        return [judged(evidence, "Personal data", "", "green", detail)]
    return [_listed(sighting, evidence) for sighting in privacy.found]


def _listed(sighting: Sighting, evidence: Evidence) -> ControlResult:
    done = "shown, as book.toml allows" if sighting.allowed else "masked in every output"
    values = "1 value" if sighting.values == 1 else f"{grouped(sighting.values)} values"
    return judged(
        evidence,
        "Personal data",
        sighting.source,
        "green" if sighting.allowed else "amber",
        f"{sighting.column}: {sighting.kind} in {counted(sighting.rows)} ({values}), {done}",
        advice="" if sighting.allowed else _ADVICE[sighting.kind],
        key=f"{sighting.column}|{sighting.kind}".replace(" ", "-"),
    )


def _columns(count: int) -> str:
    return "1 text column" if count == 1 else f"{grouped(count)} text columns"


def _follow(conformed: Conformed, searches: list[Search]) -> None:
    """Let the map of families know a product under its mask too."""
    loaded = conformed.maps["family"]
    pairs = {
        raw: said
        for search in searches
        for raw, said in search.masks.get("product", {}).items()
        if raw != said
    }
    for raw, said in sorted(pairs.items()):
        conformed.engine.run(
            f"INSERT INTO {quoted(loaded.table)} (key, value, _id) SELECT "
            f"{loaded.key_sql(literal(said))}, value, _id FROM {quoted(loaded.table)} "
            f"WHERE key = {loaded.key_sql(literal(raw))}"
        )


def _hidden(held: LoadedSource, key: bytes) -> LoadedSource:
    """Return a source with names of files and texts of rejected rows masked."""
    return dataclasses.replace(
        held,
        files=tuple(
            dataclasses.replace(
                fact,
                path=mask(fact.path, key=key),
                notes=tuple(mask(note, key=key) for note in fact.notes),
            )
            for fact in held.files
        ),
        rejected=tuple(
            dataclasses.replace(
                row,
                file=mask(row.file, key=key),
                line=mask(row.line, key=key),
                text=mask(row.text, key=key),
                advice=mask(row.advice, key=key),
            )
            for row in held.rejected
        ),
        repeated_files=tuple(
            (mask(again, key=key), mask(first, key=key)) for again, first in held.repeated_files
        ),
    )


def _unread(held: LoadedSource) -> list[Sighting]:
    source = held.declared
    texts = [row.text for row in held.rejected]
    return [
        Sighting(source.name, source.table, UNREAD, kind, len(rows), len(set(rows)))
        for kind in sorted({kind for text in texts for kind in kinds(text)})
        if (rows := [text for text in texts if kind in kinds(text)])
    ]
