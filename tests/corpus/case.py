"""One file of the corpus, and the answers that are right for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

ACCEPT, REPAIR, WARN = "accept", "repair", "warn"
QUARANTINE, REJECT = "quarantine", "reject"

#: A clean file may carry a listed repair (its encoding, its delimiter), and nothing worse.
CLEAN: Final = (ACCEPT, REPAIR)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One file, how it is checked, and what a careful person would answer.

    Parameters
    ----------
    name : str
        File name, unique in the corpus; the ending may lie on purpose.
    kind : str
        What is wrong with it (or ``clean``), in a few words.
    make : callable
        Gives the bytes of the file, the same ones each time.
    right : tuple of str
        Right verdicts: one, or two where both are defensible.
    table : str
        ``ledger``, ``budget``, ``usage`` or ``fx``.
    period : str
        Value of ``--period``, or empty.
    names : tuple of str
        Places (line or cell) that the findings must name.
    says : tuple of str
        Texts of which one finding must hold one, in whatever case; none asked for when empty.
    accepted, quarantined, excluded : int, optional
        Rows, where the kind and arithmetic leave one answer.
    amounts : tuple of Decimal
        Accepted amount: one of these, likewise.
    because : str
        Why two verdicts are right.
    """

    name: str
    kind: str
    make: Callable[[], bytes]
    right: tuple[str, ...]
    table: str = "ledger"
    period: str = ""
    names: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    accepted: int | None = None
    quarantined: int | None = None
    excluded: int | None = None
    amounts: tuple[Decimal, ...] = ()
    because: str = ""

    @property
    def clean(self) -> bool:
        """Return whether nothing is wrong with the file."""
        return self.kind == "clean"


@dataclass
class Shelf:
    """Cases of one module, in the order they are put there."""

    cases: list[Case] = field(default_factory=list)

    def add(
        self,
        name: str,
        kind: str,
        make: Callable[[], bytes] | bytes | str,
        right: tuple[str, ...] | str,
        **more: object,
    ) -> None:
        """Put one file on the shelf; text is written as UTF-8."""
        if isinstance(make, str):
            make = make.encode()
        given = make

        def build() -> bytes:
            return given if isinstance(given, bytes) else given()

        verdicts = (right,) if isinstance(right, str) else right
        amount = more.pop("amount", None)
        if amount is not None:
            more["amounts"] = (Decimal(str(amount)),)
        self.cases.append(
            Case(name=name, kind=kind, make=build, right=verdicts, **more)  # type: ignore[arg-type]
        )
