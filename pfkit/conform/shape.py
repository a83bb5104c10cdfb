"""What a book may declare about the shape of a source: columns into rows, levels, blanks."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from pfkit.contracts.profiles import shared

Blank = Literal["missing", "zero", "skip"]
ProfileName = Literal["even", "seasonal", "4-4-5", "4-5-4", "5-4-4"]


class Strict(BaseModel):
    """A declared table: frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Unpivot(Strict):
    """Columns that are values (months across) turned into rows.

    The columns are listed, or found by a pattern whose named groups become columns of their own.
    """

    columns: tuple[str, ...] = ()
    pattern: str = ""
    into: str = "name"
    value: str = "value"

    @model_validator(mode="after")
    def _one_of(self) -> Unpivot:
        if bool(self.columns) == bool(self.pattern):
            message = "give either `columns` (a list) or `pattern`, not both"
            raise ValueError(message)
        if self.pattern:
            try:
                groups = re.compile(self.pattern).groupindex
            except re.error as error:
                message = f"pattern {self.pattern!r} is no regular expression: {error}"
                raise ValueError(message) from error
            for name in groups:
                if name in {self.into, self.value}:
                    message = f"pattern names a part {name!r}, which `into` or `value` names too"
                    raise ValueError(message)
        return self

    def parts(self, column: str) -> dict[str, str] | None:
        r"""Return the named parts of a column's name; None where the pattern does not fit.

        Examples
        --------
        >>> Unpivot(pattern=r"(?P<year>\d{4}) (?P<what>.*)").parts("2019 executed")
        {'year': '2019', 'what': 'executed'}
        """
        found = re.fullmatch(self.pattern, column.strip())
        if found is None:
            return None
        return {name: text or "" for name, text in found.groupdict().items()}

    @property
    def part_names(self) -> tuple[str, ...]:
        """The columns that the parts of a name become."""
        return tuple(re.compile(self.pattern).groupindex) if self.pattern else ()


class BudgetLayout(Strict):
    """A sheet that people wrote, with months across: what it does not say itself."""

    name: Literal["budget"] = "budget"
    sheets: tuple[str, ...] = ()
    version: str = ""
    year: PositiveInt | None = None
    fill: tuple[str, ...] = ()
    hidden: Literal["read", "leave_out"] = "read"


def named_layout(value: object) -> object:
    """Return a layout given by its name alone as the table it stands for.

    Examples
    --------
    >>> named_layout("budget")
    {'name': 'budget'}
    """
    return {"name": value} if isinstance(value, str) else value


class Hierarchy(Strict):
    """Rows of several levels, in which a row above repeats what the rows below it add up to.

    Where a row stands is said by its code (a code begins with the code above it), by its parent's
    code, by columns that are blank on the levels above, or by a level and the order of the rows.
    """

    code: str | None = None
    parent: str | None = None
    parents: dict[str, str] = Field(default_factory=dict)
    tree: Literal["cost_centers"] | None = None
    level: str | None = None
    path: tuple[str, ...] = ()
    padding: str = Field(default="", max_length=1)
    widths: tuple[PositiveInt, ...] = ()
    totals: tuple[str, ...] = ()
    within: tuple[str, ...] = ()
    keep: Literal["leaves"] | PositiveInt = "leaves"
    tolerance: float = Field(default=0.0, ge=0)
    remainder: dict[str, str] | None = None

    @model_validator(mode="after")
    def _whole(self) -> Hierarchy:
        if self.path and (self.code or self.parent or self.level or self.tree):
            message = "give either `path` or code, parent, tree and level, not both"
            raise ValueError(message)
        if self.tree and (not self.code or self.parent or self.level or self.padding):
            message = (
                "`tree` takes parents from table cost_centers: give `code` beside it, and neither "
                "`parent`, `level` nor `padding`"
            )
            raise ValueError(message)
        if self.parents and (not self.code or self.parent or self.tree or self.level):
            message = (
                "`parents` names the code above each code: give `code` beside it, and neither "
                "`parent`, `tree` nor `level`"
            )
            raise ValueError(message)
        if not (self.path or self.code or self.level):
            message = (
                'say where a row stands: `code = "Code"` (codes begin with the code above), '
                '`parent` beside `code`, `level = "Level"` (rows in order), or `path = [...]`'
            )
            raise ValueError(message)
        if self.parent and not self.code:
            message = "`parent` needs `code`, the column its values are found in"
            raise ValueError(message)
        named = self.parent or self.parents
        if (self.padding or self.widths) and (named or not self.code):
            message = "`padding` and `widths` say how codes begin with the code above: give `code`"
            raise ValueError(message)
        if self.widths and not self.padding:
            message = "`widths` needs `padding`, the character short codes are filled up with"
            raise ValueError(message)
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The source's columns that say where a row stands."""
        said = (*self.path, self.code, self.parent, self.level)
        return tuple(column for column in said if column)


class Phase(Strict):
    """How amounts stated by quarter or year are divided over their months."""

    profile: ProfileName | None = None
    shares: tuple[float, ...] = ()
    by: tuple[Literal["account", "cost_center", "product"], ...] = ("account",)
    years: PositiveInt = 5
    accounts: dict[str, ProfileName | tuple[float, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> Phase:
        if bool(self.profile) == bool(self.shares):
            message = "give either `profile` or `shares`, twelve that add up to 1"
            raise ValueError(message)
        given = {"shares": self.shares} if self.shares else {}
        given |= {f"accounts.{name}": said for name, said in self.accounts.items()}  # type: ignore[misc]
        for name, said in given.items():
            if not isinstance(said, str):
                try:
                    shared(said)
                except ValueError as error:
                    message = f"`{name}`: {error}"
                    raise ValueError(message) from error
        return self

    @property
    def seasonal(self) -> bool:
        """Whether some of its amounts follow the season of actuals."""
        return "seasonal" in {self.profile, *map(str, self.accounts.values())}

    def of(self, account: str) -> ProfileName | tuple[float, ...]:
        """Return the profile of an account's amounts, or its shares."""
        return self.accounts.get(account) or self.profile or self.shares


def named_phase(value: object) -> object:
    """Return a phasing given by its profile alone as the table it stands for.

    Examples
    --------
    >>> named_phase("even")
    {'profile': 'even'}
    """
    return {"profile": value} if isinstance(value, str) else value


class Week(Strict):
    """Rows that each tell of a whole week, and how weeks become months."""

    column: str
    day: Literal["ends", "starts", "iso"]
    to_month: Literal["by_day", "by_end"]
