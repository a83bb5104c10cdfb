"""Every number in a sentence and the cell it comes from, so that it can be worked out again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pfkit.errors import ReportError, near_miss
from pfkit.present import look

if TYPE_CHECKING:
    import pandas as pd

How = Literal["cell", "magnitude", "count"]
_NO_ROWS = ("total", "subtotal", "other", "start", "end")


@dataclass(frozen=True)
class Fact:
    """A number in a sentence, and the cell it comes from.

    Attributes
    ----------
    text : str
        As written in the sentence.
    value : float
        As it stands in the data.
    exhibit, row_key, column : str
        The cell; for a count, `row_key` is ``*`` and `equals` what was counted in `column`.
    scale, decimals : float, int
        ``value / scale`` rounded to `decimals` gives the text.
    how : str
        ``cell`` (sign kept), ``magnitude`` (sign told in words) or ``count`` of rows.
    weight : str
        For a count: the column that says how many things a row stands for.
    """

    text: str
    value: float
    exhibit: str
    row_key: str
    column: str
    scale: float = 1
    decimals: int = 0
    how: How = "cell"
    equals: str | bool | None = None
    weight: str = ""


class Facts:
    """Writes numbers into sentences and remembers the cell each one comes from.

    Parameters
    ----------
    exhibit : str
        Id of the exhibit the sentence belongs to.
    data : pandas.DataFrame
        The exhibit's data, with ``row_key``.
    scale : Scale
        The unit of its amounts.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"row_key": ["net"], "plan_variance": [400_000.0]})
    >>> say = Facts("pnl", rows, look.Scale(1_000_000, 2, "mEUR"))
    >>> say.delta("net", "plan_variance"), say.found[0].value
    ('+0.40', 400000.0)
    """

    def __init__(self, exhibit: str, data: pd.DataFrame, scale: look.Scale) -> None:
        self.exhibit = exhibit
        self.scale = scale
        self._data = data.set_index("row_key", drop=False)
        self.found: list[Fact] = []

    @property
    def first(self) -> str:
        """Key of the first row."""
        return str(self._data.index[0])

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Every number written so far."""
        return tuple(self.found)

    def value(self, row_key: str, column: str) -> object:
        """Return a cell, which must exist."""
        if row_key not in self._data.index:
            raise ReportError(
                f"there is no row {row_key!r}",
                where=f"exhibit {self.exhibit}",
                advice=near_miss(row_key, map(str, self._data.index), noun="row"),
            )
        if column not in self._data.columns:
            raise ReportError(
                f"there is no column {column!r}",
                where=f"exhibit {self.exhibit}",
                advice=near_miss(column, map(str, self._data.columns), noun="column"),
            )
        return self._data.loc[row_key, column]

    def has(self, row_key: str, column: str) -> bool:
        """Return whether the cell exists and holds a value."""
        if row_key not in self._data.index or column not in self._data.columns:
            return False
        return not look.missing(self._data.loc[row_key, column])

    def tells(self, row_key: str, column: str) -> bool:
        """Return whether the cell holds a fraction that says something as a percentage."""
        return self.has(row_key, column) and not look.beyond(self.value(row_key, column))

    def number(
        self,
        row_key: str,
        column: str,
        *,
        scale: float = 1,
        decimals: int = 0,
        signed: bool = False,
        magnitude: bool = False,
    ) -> str:
        """Write the number of a cell; `magnitude` leaves the sign to the words around it."""
        raw = self.value(row_key, column)
        if look.missing(raw):
            return look.MISSING
        value = float(raw)  # type: ignore[arg-type]
        told = abs(value) if magnitude else value
        text = look.number(told, scale=scale, decimals=decimals, signed=signed)
        how: How = "magnitude" if magnitude else "cell"
        self.found.append(
            Fact(text, value, self.exhibit, row_key, column, scale, decimals, how),
        )
        return text

    def amount(self, row_key: str, column: str, *, magnitude: bool = False) -> str:
        """Write an amount in the exhibit's unit."""
        scale = self.scale
        return self.number(
            row_key, column, scale=scale.divisor, decimals=scale.decimals, magnitude=magnitude
        )

    def delta(self, row_key: str, column: str) -> str:
        """Write a variance in the exhibit's unit, signed."""
        scale = self.scale
        return self.number(
            row_key, column, scale=scale.divisor, decimals=scale.decimals, signed=True
        )

    def rate(
        self, row_key: str, column: str, *, signed: bool = False, magnitude: bool = False
    ) -> str:
        """Write a fraction as percent, with the percent sign."""
        text = self.number(
            row_key, column, scale=0.01, decimals=1, signed=signed, magnitude=magnitude
        )
        return f"{text}{look.THIN}%" if text != look.MISSING else text

    def count(
        self,
        column: str,
        equals: str | bool | None = None,  # noqa: FBT001
        *,
        weight: str = "",
    ) -> str:
        """Write how many rows there are, or how many of them hold `equals` in `column`.

        With `weight` a row counts as many as that column says: ``Other (126)`` counts 126.
        """
        total = counted(self._data, column, equals, weight)
        text = look.number(total)
        self.found.append(
            Fact(text, total, self.exhibit, "*", column, 1, 0, "count", equals, weight),
        )
        return text


def rederive(fact: Fact, data: pd.DataFrame) -> str:
    """Work a fact out again from the data it names, as it should read.

    Parameters
    ----------
    fact : Fact
        A number in a sentence.
    data : pandas.DataFrame
        The data of the exhibit it names.

    Returns
    -------
    str
        Equal to ``fact.text`` when the sentence tells the truth.

    Examples
    --------
    >>> import pandas as pd
    >>> rows = pd.DataFrame({"row_key": ["net"], "change": [-1234.5]})
    >>> rederive(Fact("1.2", -1234.5, "x", "net", "change", 1000, 1, "magnitude"), rows)
    '1.2'
    """
    if fact.how == "count":
        return look.number(counted(data, fact.column, fact.equals, fact.weight))
    value = float(data.loc[data["row_key"] == fact.row_key, fact.column].iloc[0])
    told = abs(value) if fact.how == "magnitude" else value
    signed = fact.text.startswith("+")
    return look.number(told, scale=fact.scale, decimals=fact.decimals, signed=signed)


def counted(
    data: pd.DataFrame,
    column: str,
    equals: str | bool | None = None,  # noqa: FBT001
    weight: str = "",
) -> int:
    """Count rows, or those that hold `equals` in `column`; totals are no rows.

    Others folded together are no row either, unless `weight` says how many they are.
    """
    rows = data
    if "role" in data.columns:
        rows = data[~data["role"].isin([one for one in _NO_ROWS if one != "other" or not weight])]
    if equals is not None:
        rows = rows[(rows[column] == equals).fillna(value=False)]
    return int(rows[weight].sum()) if weight else len(rows)
