"""What ``[group]`` of book.toml declares: entities, rates, common quarters, what they sold."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, Field, PrivateAttr, model_validator

from pfkit.conform.shape import Strict
from pfkit.errors import BookError, near_miss

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_QUARTER = re.compile(r"[1-9][0-9]{3}Q[1-4]")


def _exact(value: Any) -> Any:  # noqa: ANN401 (what TOML holds)
    """Read a number of TOML by its text, so that 1.27 is 1.27."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return value
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return value


Exact = Annotated[Decimal, BeforeValidator(_exact)]


class Member(Strict):
    """One entity: its book, its data, and which of its periods stands in which common quarter."""

    book: str
    data: str | None = None
    state: str | None = None
    entity: str | None = None
    quarters: dict[str, str] = Field(min_length=1)
    because: str = ""
    cloud: str | None = None

    @model_validator(mode="after")
    def _known_quarters(self) -> Member:
        for quarter in self.quarters:
            if not _QUARTER.fullmatch(quarter):
                message = f"{quarter!r} is no quarter\n  -> Write common quarters as 2023Q3."
                raise ValueError(message)
        return self


class Dealing(Strict):
    """What one entity sold another, as each side has it, in each side's currency."""

    quarter: str
    seller: str
    buyer: str
    item: str = "Sales"
    sold: Exact = Field(ge=0)
    bought: Exact = Field(ge=0)


class Grouping(Strict):
    """The entities of a group, and how their books become one."""

    members: tuple[Member, ...] = Field(min_length=1)
    rates: dict[str, Exact | dict[str, Exact]] = Field(default_factory=dict)
    budget_rates: dict[str, Exact | dict[str, Exact]] = Field(default_factory=dict)
    intercompany: tuple[Dealing, ...] = ()

    @model_validator(mode="after")
    def _above_zero(self) -> Grouping:
        for currency, stated in (*self.rates.items(), *self.budget_rates.items()):
            each = stated.values() if isinstance(stated, dict) else [stated]
            if any(not rate.is_finite() or rate <= 0 for rate in each):
                message = f"a rate of {currency} is not above 0"
                raise ValueError(message)
        return self

    def budget_rate(self, currency: str, quarter: str) -> Decimal | None:
        """Return the rate declared for budgets of a quarter, None where there is none."""
        stated = self.budget_rates.get(currency)
        return stated.get(quarter) if isinstance(stated, dict) else stated

    def rate(
        self, currency: str, quarter: str, *, reporting: str, entity: str, plan: bool = False
    ) -> Decimal:
        """Return what one unit of a currency is worth in a quarter, in reporting currency.

        A plan takes the budget rate where one is declared, else the rate of actuals.

        Raises
        ------
        BookError
            If no rate is stated.
        """
        if currency == reporting:
            return Decimal(1)
        stated = self.rates.get(currency)
        found = stated.get(quarter) if isinstance(stated, dict) else stated
        if plan and (planned := self.budget_rate(currency, quarter)) is not None:
            return planned
        if found is None:
            where = f"book.toml group.rates, {entity} in {quarter}"
            raise BookError(
                f"{entity} reports in {currency}, and no rate to {reporting} is stated",
                where=where,
                advice=f"Add {currency} = ... ({reporting} per 1 {currency}) to group.rates, or a "
                "rate for each quarter.",
            )
        return found

    def known(self, name: str, entities: list[str]) -> str:
        """Return an entity's name as `intercompany` says it, which must be one of the group.

        Raises
        ------
        BookError
            If it is none.
        """
        if name not in entities:
            raise BookError(
                f"{name!r} is no entity of the group",
                where="book.toml group.intercompany",
                advice=near_miss(name, entities, noun="entity"),
            )
        return name


@dataclass(frozen=True)
class Compared:
    """Whether a quarter of a group has a plan or a prior year, and what is to be said of it.

    Attributes
    ----------
    what : str
        ``plan`` or ``prior_year``.
    quarter : str
        The quarter that is compared.
    months : tuple of str
        Its months.
    reason : str
        Why there is no comparison; empty where there is one.
    note : str
        What to know of the one there is.
    """

    what: str
    quarter: str
    months: tuple[str, ...]
    reason: str = ""
    note: str = ""


class Joined(Strict):
    """A declaration that remembers which files the entities of a group were read from."""

    _read: list[dict[str, Any]] = PrivateAttr(default_factory=list)
    _compared: list[Compared] = PrivateAttr(default_factory=list)

    def reads(self, entity: str, files: pd.DataFrame) -> None:
        """Remember the files of an entity, as its own book lists them."""
        for row in files.to_dict("records"):
            named = {name: f"{entity}: {row[name]}" for name in ("row_key", "source")}
            self._read.append({str(name): value for name, value in row.items()} | named)

    def compares(self, found: Sequence[Compared]) -> None:
        """Remember what a group is compared with, and what it is not and why."""
        self._compared.extend(found)

    @property
    def compared(self) -> list[Compared]:
        """What a group's quarters are compared with; nothing in any other book."""
        return self._compared

    @property
    def read(self) -> list[dict[str, Any]]:
        """The files of a group's entities; none in any other book."""
        return self._read
