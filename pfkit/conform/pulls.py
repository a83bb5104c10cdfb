"""What a book declares to pull from a service: the list, its pages, and where the token is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import Field, PositiveInt, model_validator

from pfkit.conform.databases import SecretPlace
from pfkit.conform.shape import Strict
from pfkit.errors import BookError, near_miss
from pfkit.sources.rest import Paging, unsafe

if TYPE_CHECKING:
    from collections.abc import Iterable


class Pull(Strict):
    """One list of a service, pulled into files that a source reads."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    url: str
    token: SecretPlace | None = None
    to: str = ""
    rows: str = ""
    params: dict[str, str | int] = Field(default_factory=dict)
    cursor: str = ""
    since: str = ""
    begin: str | int | None = None
    paging: Paging = "single"
    param: str = ""
    next: str = ""
    start: int = Field(default=1, ge=0)
    size: PositiveInt = 100
    attempts: PositiveInt = 5
    timeout: PositiveInt = 60
    wait: float = Field(default=1.0, ge=0)

    @model_validator(mode="before")
    @classmethod
    def _by_reference(cls, values: Any) -> Any:  # noqa: ANN401 (what TOML gives)
        """Refuse a token itself before any other message could repeat it."""
        if isinstance(values, dict):
            if not isinstance(values.get("token", {}), dict | SecretPlace | None):
                message = (
                    "a token stands in the book\n  -> Take it out, renew it where it was seen, and "
                    'name where it is kept: token = { env = "TICKETS_TOKEN" }.'
                )
                raise ValueError(message)  # noqa: TRY004 - pydantic tells a value of what is wrong
            url = urlsplit(str(values.get("url", "")))
            if url.username or url.password:
                message = (
                    "the address holds a user or a password\n  -> Take it out, and name where the "
                    'token is kept: token = { env = "TICKETS_TOKEN" }.'
                )
                raise ValueError(message)
        return values

    @model_validator(mode="after")
    def _askable(self) -> Pull:
        if why := unsafe(self.url):
            message = f"{why}\n  -> Write the https address of the list, and no secret in it."
            raise ValueError(message)
        if urlsplit(self.url).query or self.url.endswith("/"):
            message = (
                "the address ends in a query or a slash"
                "\n  -> Name the list itself, and what to ask for in `params`."
            )
            raise ValueError(message)
        if self.since and not self.cursor:
            message = "`since` asks for rows after a `cursor`, and none is named"
            raise ValueError(message)
        folder = self.to or "pulled"
        if folder.startswith(("/", "\\")) or ".." in folder.replace("\\", "/").split("/"):
            message = f"`to` is {self.to!r}; name a folder inside the data folder"
            raise ValueError(message)
        return self

    @property
    def folder(self) -> str:
        """The folder of its files, below the data folder."""
        return self.to or f"pulled/{self.name}"


class WithPulls(Strict):
    """The pulls of a book."""

    pulls: tuple[Pull, ...] = ()

    @model_validator(mode="after")
    def _told_apart(self) -> WithPulls:
        names = [one.name for one in self.pulls]
        folders = [one.folder for one in self.pulls]
        for what, said in (("name", names), ("folder", folders)):
            twice = next((one for one in said if said.count(one) > 1), None)
            if twice is not None:
                message = f"two pulls have the {what} {twice!r}; each needs its own"
                raise ValueError(message)
        return self


def pull_of(pulls: Iterable[Pull], name: str) -> Pull:
    """Return the pull of a name.

    Raises
    ------
    BookError
        If the book declares none of that name; the nearest is named.
    """
    named = {one.name: one for one in pulls}
    if name in named:
        return named[name]
    advice = near_miss(name, named, noun="pull") if named else "Declare it under [[pulls]]."
    raise BookError(f"the book has no pull {name!r}", where="book.toml pulls", advice=advice)
