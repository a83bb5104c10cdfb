"""Turn the panic of a reader written in Rust into an error that says which file it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pfkit.errors import SourceError

if TYPE_CHECKING:
    from types import TracebackType


class Unpanicked:
    """A context in which a panic is a damaged file.

    A panic is no `Exception`, and its class cannot be imported: it is known by its name.

    Parameters
    ----------
    where : str
        The file, for messages.

    Raises
    ------
    SourceError
        If the reader panics.

    Examples
    --------
    >>> with Unpanicked("plan.xlsb"):
    ...     print("read")
    read
    """

    def __init__(self, where: str) -> None:
        self.where = where

    def __enter__(self) -> Self:
        """Enter the context."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Leave the context; only a panic becomes another error."""
        if kind is not None and kind.__name__ == "PanicException":
            raise SourceError(
                f"the workbook is damaged in a way its reader does not foresee ({error})",
                where=self.where,
                advice="Open it in a spreadsheet program and save it as xlsx.",
            ) from error
