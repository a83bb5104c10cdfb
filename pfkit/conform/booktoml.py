"""``book.toml`` read into typed values; unknown keys are errors with the nearest known key."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ValidationError

from pfkit.conform.declaration import Declaration
from pfkit.contracts.extend import book_contracts
from pfkit.errors import BookError, near_miss

if TYPE_CHECKING:
    from pathlib import Path

    from pydantic_core import ErrorDetails

    from pfkit.contracts import Contracts


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
        If the file is missing, is not TOML, or declares something unknown or contradictory.
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
    try:
        return Declaration.model_validate(values, context={"contracts": contracts})
    except ValidationError as error:
        raise _book_error(error.errors()[0], values, path.name, contracts) from error


def _book_error(
    problem: ErrorDetails, values: dict[str, Any], file: str, contracts: Contracts
) -> BookError:
    location = _location(problem["loc"], values)
    where = f"{file} {location}".strip()
    if problem["type"] == "extra_forbidden":
        key = str(problem["loc"][-1])
        known = _known_keys(problem["loc"][:-1], contracts)
        return BookError(
            f"unknown key {key!r}", where=where, advice=near_miss(key, known, noun="key")
        )
    if problem["type"] == "missing":
        key = str(problem["loc"][-1])
        return BookError(f"{key!r} is missing", where=where, advice=f"Add `{key} = ...` there.")
    message = problem["msg"].removeprefix("Value error, ")
    value = problem.get("input")
    shown = f" (found {value!r})" if isinstance(value, str | int | float) else ""
    what, _, advice = message.partition("\n  -> ")
    return BookError(f"{what}{shown}", where=where, advice=advice or "Mend it in book.toml.")


def _location(loc: tuple[int | str, ...], values: dict[str, Any]) -> str:
    parts: list[str] = []
    at: Any = values
    for step in loc:
        try:
            at = at[step]
        except (KeyError, IndexError, TypeError):
            at = None
        name = at.get("name") if isinstance(at, dict) and isinstance(step, int) else None
        if isinstance(step, int):
            parts[-1] += f"[{name or step + 1}]"
        else:
            parts.append(step)
    return ".".join(parts)


def _known_keys(loc: tuple[int | str, ...], contracts: Contracts) -> list[str]:
    model: type[BaseModel] = Declaration
    for step in loc:
        if isinstance(step, int) or step not in model.model_fields:
            continue
        inner = _model_of(model.model_fields[step].annotation)
        if inner is None:
            return contracts.tables()
        model = inner
    return list(model.model_fields)


def _model_of(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 (a type form)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        found = _model_of(inner)
        if found is not None:
            return found
    return None
