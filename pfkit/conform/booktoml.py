"""``book.toml`` read into typed values; unknown keys are errors with the nearest known key."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

from pydantic import ValidationError

from pfkit.conform.adapters.resolve import with_adapters
from pfkit.conform.declaration import Declaration
from pfkit.conform.misdeclared import misdeclared
from pfkit.contracts.extend import book_contracts
from pfkit.errors import BookError

if TYPE_CHECKING:
    from pathlib import Path


def read_declaration(book: Path) -> Declaration:
    """Read and check ``book.toml``.

    Parameters
    ----------
    book : pathlib.Path
        The book's folder, or the file itself; contracts of the book's own lie beside it in
        ``contracts``.

    Raises
    ------
    BookError
        If the file is missing, is not TOML, or declares something unknown or contradictory; if
        an adapter it names is not there or cannot be used.
    ContractError
        If a contract of the book's own cannot be used.
    """
    path = book / "book.toml" if book.is_dir() else book
    if not path.is_file():
        raise BookError(
            f"no book.toml in {book.name or '.'!s}",
            where=str(book),
            advice="Name a folder that holds book.toml; `pfkit demo` makes one to look at.",
        )
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BookError(
            f"is not readable TOML: {error}",
            where=path.name,
            advice="TOML is UTF-8 text of `key = value` lines; strings stand in quotes.",
        ) from error
    contracts = book_contracts(path.parent)
    plain = with_adapters(values, path.parent, file=path.name, contracts=contracts)
    try:
        return Declaration.model_validate(plain, context={"contracts": contracts})
    except ValidationError as error:
        raise misdeclared(
            error.errors(), plain, file=path.name, model=Declaration, contracts=contracts
        ) from error
