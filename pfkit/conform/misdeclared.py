"""What is wrong with a declaration, said with its place and the nearest word that is right."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from pfkit.errors import BookError, near_miss

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic_core import ErrorDetails

    from pfkit.contracts import Contracts


def misdeclared(
    problems: Sequence[ErrorDetails],
    values: dict[str, Any],
    *,
    file: str,
    model: type[BaseModel],
    contracts: Contracts,
) -> BookError:
    """Return what a reader is told of a value that does not fit its model.

    Parameters
    ----------
    problems : sequence of dict
        As the model's validation reports them. One is told, a word that is unknown before one
        that is missing: the first often is the second, misspelled.
    values : dict
        What was declared.
    file : str
        The file it was declared in.
    model : type
        What a whole declaration of this sort holds.
    contracts : Contracts
        The tables it may name.
    """
    problem = next((p for p in problems if p["type"] == "extra_forbidden"), problems[0])
    location = _location(problem["loc"], values)
    where = f"{file} {location}".strip()
    if problem["type"] == "extra_forbidden":
        key = str(problem["loc"][-1])
        known = _known_keys(problem["loc"][:-1], model, contracts)
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
    return BookError(f"{what}{shown}", where=where, advice=advice or f"Mend it in {file}.")


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


def _known_keys(
    loc: tuple[int | str, ...], model: type[BaseModel], contracts: Contracts
) -> list[str]:
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
