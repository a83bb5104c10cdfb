"""Read the contract files: one frozen Contract per table."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import yaml

from pfkit.contracts.rules import Rule, row_rules
from pfkit.errors import ContractError, near_miss

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable

Kind = Literal["text", "number", "money", "integer", "date", "datetime", "month", "boolean"]

#: The standard's logical type of every kind.
LOGICAL = {
    "text": "string",
    "number": "number",
    "money": "number",
    "integer": "integer",
    "date": "date",
    "datetime": "timestamp",
    "month": "string",
    "boolean": "boolean",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column of a table, and what its values must be.

    Parameters
    ----------
    name : str
        Name of the column.
    kind : str
        What the values are; ``money`` is exact decimal, ``month`` a ``YYYY-MM`` label.
    required : bool
        Whether every row must have a value.
    unit : str
        Unit of a number, or empty.
    description : str
        One sentence.
    values : tuple of str
        The closed list of allowed values, or empty.
    minimum, maximum : float or None
        Smallest and largest value allowed.
    above : float or None
        The value must be larger than this.
    default : str
        Value of a required column that a source does not map, or empty.
    pattern : str
        Regular expression the text must match, or empty.
    physical : str
        Type of the column in the engine.
    restricted : bool
        Whether row-level values must stay out of reports.
    examples : tuple of str
        Values as they occur.
    unique : bool
        Whether a value may occur once only, beside what the table's key says.
    source : str
        Name of the column in a standard's export, which fills it where a book does not say
        otherwise; or empty.
    converted : str
        The column it is converted from into reporting currency, or empty.
    identifier : bool
        Whether its values are made by a machine: long tokens and numbers in it are no secrets.
    respelled : bool
        Whether a value of the closed list may stand in other case, or with other separators.
    """

    name: str
    kind: Kind
    required: bool
    unit: str
    description: str
    values: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    default: str = ""
    pattern: str = ""
    physical: str = "VARCHAR"
    restricted: bool = False
    examples: tuple[str, ...] = ()
    unique: bool = False
    source: str = ""
    converted: str = ""
    identifier: bool = False
    respelled: bool = False


@dataclass(frozen=True, kw_only=True)
class Contract:
    """What one table promises.

    Parameters
    ----------
    table : str
        Name of the table.
    title : str
        Name as printed.
    description : str
        What the table holds, in a sentence.
    usage : str
        How to read it: sign, state, order.
    grain : tuple of str
        Columns that name one row.
    granularity : str
        The grain as a sentence.
    key : tuple of str
        Columns whose values may occur once; empty where repeats add up.
    amount : str or None
        Column the balance equation sums.
    columns : tuple of Column
        The columns, in order.
    owner : str
        Who answers for the table.
    freshness : str
        How often, and when, it is renewed.
    rules : tuple of Rule
        What a row is asked beside what its columns promise.
    currency : str
        Column with the currency of the amounts as stated.
    """

    table: str
    title: str
    description: str
    usage: str
    grain: tuple[str, ...]
    granularity: str
    key: tuple[str, ...]
    amount: str | None
    columns: tuple[Column, ...]
    owner: str
    freshness: str
    rules: tuple[Rule, ...] = ()
    currency: str = "currency"

    @property
    def counts_money(self) -> bool:
        """Return whether the column the table's balance adds up is money."""
        return self.amount is not None and self.column(self.amount).kind == "money"

    @property
    def conversions(self) -> tuple[tuple[str, str], ...]:
        """Return each amount in reporting currency with the column that states it; or nothing."""
        if {"amount", "amount_local", "currency"} <= set(self.names):
            return (("amount", "amount_local"),)
        return tuple((column.name, column.converted) for column in self.columns if column.converted)

    @property
    def local(self) -> str | None:
        """Return the column that states the balance's amount in the currency of the row."""
        return dict(self.conversions).get(self.amount or "")

    @property
    def names(self) -> tuple[str, ...]:
        """Return the column names, in order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Return the names of the columns that every row must fill."""
        return tuple(column.name for column in self.columns if column.required)

    def column(self, name: str) -> Column:
        """Return one column of the table.

        Parameters
        ----------
        name : str
            Name of the column.

        Returns
        -------
        Column
            What its values must be.

        Raises
        ------
        ContractError
            If the table has no such column; the nearest one is named.

        Examples
        --------
        >>> contract("actuals").column("amount").unit
        'reporting currency'
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise ContractError(
            f"there is no column {name!r}",
            where=f"table {self.table}",
            advice=near_miss(name, self.names, noun="column"),
        )


def tables() -> list[str]:
    """Return the names of all tables that have a contract, in alphabetical order.

    Returns
    -------
    list of str
        Table names.

    Examples
    --------
    >>> "actuals" in tables()
    True
    """
    return sorted(
        entry.name.removesuffix(".yaml")
        for entry in _folder().iterdir()
        if entry.name.endswith(".yaml")
    )


@functools.cache
def contract(table: str) -> Contract:
    """Return what a table promises.

    Use it wherever a column's name, unit, or allowed values matter, so that they are
    written down once.

    Parameters
    ----------
    table : str
        Name of the table, as `tables` lists it.

    Returns
    -------
    Contract
        Columns, units, grain, key, owner and freshness.

    Raises
    ------
    ContractError
        If there is no such table; the nearest one is named.

    References
    ----------
    .. [1] Bitol, *Open Data Contract Standard* 3.1,
       https://bitol-io.github.io/open-data-contract-standard/v3.1.0/

    Examples
    --------
    >>> contract("products").grain
    ('product',)
    >>> contract("accounts").column("favorable_when").values
    ('higher', 'lower')
    """
    known = tables()
    if table not in known:
        raise ContractError(
            f"there is no table {table!r}",
            where="contracts",
            advice=near_miss(table, known, noun="table"),
        )
    return read(document(table))


def document(table: str) -> dict[str, Any]:
    """Return the contract file of a table as the plain mapping it holds.

    Parameters
    ----------
    table : str
        Name of an existing table.

    Returns
    -------
    dict
        The file in Open Data Contract Standard form.

    Examples
    --------
    >>> document("rates")["apiVersion"]
    'v3.1.0'
    """
    text = (_folder() / f"{table}.yaml").read_text(encoding="utf-8")
    # The C loader is several times faster; both refuse tags that build objects.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return cast("dict[str, Any]", yaml.load(text, Loader=loader))  # noqa: S506


def read(plain: Mapping[str, Any]) -> Contract:
    """Turn one contract document into a `Contract`.

    Parameters
    ----------
    plain : Mapping
        A document in Open Data Contract Standard 3.1 form with one schema object.

    Returns
    -------
    Contract
        The same promise, typed.

    Raises
    ------
    ContractError
        If a key that pfkit needs is absent, or a kind contradicts its logical type.

    Examples
    --------
    >>> read(document("customers")).key
    ('customer',)
    """
    where = f"contract {plain.get('name', '(unnamed)')}"
    try:
        schema = plain["schema"][0]
        promise = plain["slaProperties"][0]
        more = custom(schema)
        columns = tuple(_column(entry, where) for entry in schema["properties"])
        keyed = [entry for entry in schema["properties"] if entry.get("primaryKey")]
        # a metric over the whole table says what its key says, and is checked with it
        asked = [rule for rule in schema.get("quality", ()) if rule.get("type") == "sql"]
        return Contract(
            table=schema["name"],
            title=schema["businessName"],
            description=schema["description"],
            usage=plain["description"]["usage"],
            grain=tuple(more["grain"]),
            granularity=schema["dataGranularityDescription"],
            key=tuple(
                entry["name"] for entry in sorted(keyed, key=lambda e: e["primaryKeyPosition"])
            ),
            amount=more.get("balanceColumn"),
            columns=columns,
            owner=plain["team"]["name"],
            freshness=f"every {promise['unit']}: {promise['description']}",
            rules=row_rules({"quality": asked}, where),
            currency=more.get("currencyColumn", "currency"),
        )
    except (KeyError, IndexError) as missing:
        raise ContractError(
            f"the key {missing} is absent",
            where=where,
            advice="Compare with the contract file of another table.",
        ) from missing


def _folder() -> Traversable:
    return resources.files(__package__) / "tables"


def custom(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the custom properties of a contract entry by name.

    Examples
    --------
    >>> custom({"customProperties": [{"property": "unit", "value": "EUR"}]})
    {'unit': 'EUR'}
    """
    pairs: Sequence[Mapping[str, Any]] = entry.get("customProperties", ())
    return {pair["property"]: pair["value"] for pair in pairs}


def _column(entry: Mapping[str, Any], where: str) -> Column:
    more = custom(entry)
    kind = more["kind"]
    if kind not in get_args(Kind) or entry["logicalType"] != LOGICAL[kind]:
        raise ContractError(
            f"column {entry['name']!r} is {entry['logicalType']!r} but of kind {kind!r}",
            where=where,
            advice=f"Kinds and their logical types: {LOGICAL}.",
        )
    options = entry.get("logicalTypeOptions", {})
    values = [
        value
        for rule in entry.get("quality", ())
        if rule.get("metric") == "invalidValues"
        for value in rule["arguments"]["validValues"]
    ]
    return Column(
        name=entry["name"],
        kind=kind,
        required=entry["required"],
        unit=more.get("unit", ""),
        description=entry["description"],
        values=tuple(values),
        minimum=options.get("minimum"),
        maximum=options.get("maximum"),
        above=options.get("exclusiveMinimum"),
        default=more.get("defaultValue", ""),
        pattern=options.get("pattern", ""),
        physical=entry["physicalType"],
        restricted=entry.get("classification") == "restricted",
        examples=tuple(str(example) for example in entry.get("examples", ())),
        unique=bool(entry.get("unique")) and not entry.get("primaryKey"),
        source=more.get("sourceName", ""),
        converted=more.get("convertedFrom", ""),
        identifier=bool(more.get("identifier", False)),
        respelled=bool(more.get("anySpelling", False)),
    )
