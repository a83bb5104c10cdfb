"""A book's SQL over one row, said again as an Ibis expression that every warehouse understands."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import ibis
import ibis.expr.datatypes as dt
import sqlglot
from ibis.common.exceptions import IbisError
from sqlglot import exp

from pfkit.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ibis.expr.types import Value

#: Digits that every engine holds exactly; beyond them some drop decimals of a product silently.
DIGITS: Final = 38
_INTEGER_DIGITS: Final = 19
_WORD, _WORD_DIGITS = 4, 10
_TYPES: Final = {
    exp.DataType.Type.VARCHAR: "string",
    exp.DataType.Type.TEXT: "string",
    exp.DataType.Type.DATE: "date",
    exp.DataType.Type.BIGINT: "int64",
    exp.DataType.Type.INT: "int64",
}
_COMPARED: Final[dict[type[exp.Expr], str]] = {
    exp.EQ: "__eq__",
    exp.NEQ: "__ne__",
    exp.LT: "__lt__",
    exp.LTE: "__le__",
    exp.GT: "__gt__",
    exp.GTE: "__ge__",
}


class UnsayableError(BookError):
    """An expression that not every warehouse computes alike."""


def said(sql: str, columns: Mapping[str, Value], *, where: str) -> Value:
    """Return a book's SQL as an expression over columns.

    Parameters
    ----------
    sql : str
        One scalar expression of DuckDB, as the book has it.
    columns : mapping of str to ibis.expr.types.Value
        What its names mean; case does not matter.
    where : str
        Where the book says it, for the error.

    Returns
    -------
    ibis.expr.types.Value
        The same value, of the same type, on every engine.

    Raises
    ------
    UnsayableError
        If it holds anything of which engines think differently, such as a division.

    Examples
    --------
    >>> lines = ibis.table({"quantity": "int32", "price": "decimal(9, 2)"}, name="lines")
    >>> value = said("quantity * price", {n: lines[n] for n in lines.columns}, where="book.toml")
    >>> str(value.type())
    'decimal(25, 4)'
    """
    tree = sqlglot.parse_one(f"SELECT ({sql})", read="duckdb").expressions[0]
    folded = {name.casefold(): value for name, value in columns.items()}
    try:
        return _value(tree, folded, sql, where)
    except IbisError as error:
        raise _unsayable(sql, str(error).splitlines()[0], where) from error


def product(left: Value, right: Value) -> Value | None:
    """Return an exact product, None where no exact type holds it on every engine.

    Both are of one type, as Ibis asks, and the product is given the type it has in SQL.
    """
    if left.type().is_integer() and right.type().is_integer():
        return left * right
    both = alike(left, right)
    if both is None:
        return None
    digits, scale = both[0].type().precision, both[0].type().scale
    if 2 * digits + 1 > DIGITS:
        return None
    return (both[0] * both[1]).cast(dt.Decimal(2 * digits + 1, 2 * scale))


def alike(left: Value, right: Value, *, more: int = 0) -> tuple[Value, Value] | None:
    """Return two numbers in the one exact type that holds both, None where there is none."""
    widths = [_width(left.type()), _width(right.type())]
    if widths[0] is None or widths[1] is None:
        return None
    (one, of_one), (other, of_other) = widths[0], widths[1]
    scale = max(of_one, of_other)
    digits = max(one - of_one, other - of_other) + scale + more
    if digits > DIGITS:
        return None
    kind = dt.Decimal(digits, scale)
    return left.cast(kind), right.cast(kind)


def _width(kind: dt.DataType) -> tuple[int, int] | None:
    if kind.is_integer():
        return (_INTEGER_DIGITS if kind.nbytes > _WORD else _WORD_DIGITS), 0
    if kind.is_decimal() and kind.precision is not None:
        return kind.precision, kind.scale
    return None


def _value(node: exp.Expr, columns: Mapping[str, Any], sql: str, where: str) -> Any:  # noqa: ANN401
    def of(part: exp.Expr) -> Any:  # noqa: ANN401
        return _value(part, columns, sql, where)

    if isinstance(node, exp.Paren):
        return of(node.this)
    if isinstance(node, exp.Column):
        name = node.name.casefold()
        if name not in columns or node.table:
            raise _unsayable(sql, f"column {node.name}", where)
        return columns[name]
    if type(node) in _COMPARED:
        return _compared(of(node.this), of(node.expression), _COMPARED[type(node)])
    for handler in (_plain, _logic, _arithmetic, _choice, _text):
        found = handler(node, of)
        if found is not None:
            return found
    if isinstance(node, exp.Cast):
        return _cast(node, of, sql, where)
    raise _unsayable(sql, node.sql(dialect="duckdb"), where)


def _plain(node: exp.Expr, _of: Any) -> Any:  # noqa: ANN401
    if isinstance(node, exp.Literal):
        return _literal(node)
    if isinstance(node, exp.Null):
        return ibis.null()
    return ibis.literal(bool(node.this)) if isinstance(node, exp.Boolean) else None


def _compared(left: Any, right: Any, how: str) -> Any:  # noqa: ANN401
    both = alike(left, right) if left.type().is_decimal() or right.type().is_decimal() else None
    left, right = both or (left, right)
    return getattr(left, how)(right)


def _literal(node: exp.Literal) -> Any:  # noqa: ANN401
    if node.is_string:
        return ibis.literal(str(node.this))
    number = Decimal(str(node.this))
    exponent = number.as_tuple().exponent
    if exponent == 0:
        return ibis.literal(int(number))
    scale = -int(exponent)
    digits = max(len(number.as_tuple().digits), scale)
    return ibis.literal(number, type=dt.Decimal(digits, scale))


def _logic(node: exp.Expr, of: Any) -> Any:  # noqa: ANN401
    if isinstance(node, exp.And):
        return of(node.this) & of(node.expression)
    if isinstance(node, exp.Or):
        return of(node.this) | of(node.expression)
    if isinstance(node, exp.Not):
        return ~of(node.this)
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        return of(node.this).isnull()
    if isinstance(node, exp.In) and node.args.get("expressions"):
        return of(node.this).isin([of(part) for part in node.expressions])
    if isinstance(node, exp.Between):
        return of(node.this).between(of(node.args["low"]), of(node.args["high"]))
    if isinstance(node, exp.Like) and isinstance(node.expression, exp.Literal):
        return None if "\\" in node.expression.this else of(node.this).like(node.expression.this)
    return None


def _arithmetic(node: exp.Expr, of: Any) -> Any:  # noqa: ANN401
    if isinstance(node, exp.Neg):
        return -of(node.this)
    if isinstance(node, exp.Abs):
        return of(node.this).abs()
    if not isinstance(node, exp.Add | exp.Sub | exp.Mul):
        return None
    left, right = of(node.this), of(node.expression)
    if isinstance(node, exp.Mul):
        return product(left, right)
    if not (left.type().is_integer() and right.type().is_integer()):
        both = alike(left, right, more=1)
        if both is None:
            return None
        left, right = both
    return left + right if isinstance(node, exp.Add) else left - right


def _choice(node: exp.Expr, of: Any) -> Any:  # noqa: ANN401
    if isinstance(node, exp.Case) and node.this is None:
        branches = [(of(one.this), of(one.args["true"])) for one in node.args["ifs"]]
        otherwise = node.args.get("default")
        return ibis.cases(*branches, else_=None if otherwise is None else of(otherwise))
    if isinstance(node, exp.Coalesce):
        return ibis.coalesce(of(node.this), *[of(part) for part in node.expressions])
    if isinstance(node, exp.Nullif):
        return of(node.this).nullif(of(node.expression))
    return None


def _text(node: exp.Expr, of: Any) -> Any:  # noqa: ANN401
    for kind, name in ((exp.Upper, "upper"), (exp.Lower, "lower"), (exp.Trim, "strip")):
        if isinstance(node, kind) and node.args.get("expression") is None:
            return getattr(of(node.this), name)()
    if isinstance(node, exp.DPipe):
        left, right = of(node.this), of(node.expression)
        return left + right if left.type().is_string() and right.type().is_string() else None
    return None


def _cast(node: exp.Cast, of: Any, sql: str, where: str) -> Any:  # noqa: ANN401
    kind, value = node.to, of(node.this)
    sizes = [int(one.name) for one in kind.expressions]
    if kind.this == exp.DataType.Type.DECIMAL and len(sizes) == 2:  # noqa: PLR2004 - digits, decimals
        if _width(value.type()) is not None:
            return value.cast(dt.Decimal(*sizes))
    elif kind.this in _TYPES and not sizes:
        plain = value.type().is_string() or value.type().is_integer() or value.type().is_date()
        if plain and _TYPES[kind.this] == "string":
            return value.cast("string")
    raise _unsayable(sql, node.sql(dialect="duckdb"), where)


def _unsayable(sql: str, what: str, where: str) -> UnsayableError:
    return UnsayableError(
        f"SQL {sql!r} cannot be computed where the rows are: {what}",
        where=where,
        advice="Say it in the query of the source, or leave `push` out: then the rows are read.",
    )
