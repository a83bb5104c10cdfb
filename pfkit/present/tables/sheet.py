"""From a result to a printed grid: which columns, in which form, on which scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pfkit.present import look, setting
from pfkit.present.bars import bars
from pfkit.present.body import Align, Bar, Cell, Grid, Group, Head, Role, Row
from pfkit.present.exhibit import Column, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

Form = Literal[
    "text", "code", "money", "delta", "rate", "points", "number", "count", "date", "state"
]
_TYPES: dict[Form, Type] = {
    "text": "text",
    "code": "text",
    "money": "money",
    "delta": "money",
    "rate": "rate",
    "points": "rate",
    "number": "number",
    "count": "count",
    "date": "date",
    "state": "text",
}
_LEFT = {"text", "code", "date", "state"}
_ROLES: dict[str, Role] = {
    "subtotal": "subtotal",
    "total": "total",
    "other": "other",
    "memo": "memo",
}
_PERCENT = 0.01


@dataclass(frozen=True)
class Col:
    """One printed column.

    Attributes
    ----------
    name : str
        Column of the data.
    label : str
        Printed head.
    form : str
        How values are written: ``money`` and ``delta`` in the exhibit's unit, ``rate`` and
        ``points`` (signed) in percent, ``state`` in its tone.
    wide : bool
        Takes the room that is left.
    swatch : str
        Notation under the head: actual solid, plan outlined, previous light.
    good : str
        For ``delta``: the column that says whether it is favorable; draws a bar.
    scaling : str
        Bars of columns with the same word share one scale.
    spoken : str
        The head in words.
    """

    name: str
    label: str
    form: Form = "text"
    wide: bool = False
    swatch: Literal["", "actual", "plan", "previous"] = ""
    good: str = ""
    scaling: str = ""
    spoken: str = ""
    decimals: int = 1
    group: str = ""


def grid(
    frame: pd.DataFrame,
    cols: Sequence[Col],
    scale: look.Scale,
    *,
    ordered: bool = True,
    fallback: Mapping[str, str] | None = None,
) -> Grid:
    """Return a result as a printed grid.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``row_key`` first; ``role``, where there is one, says how a row is set.
    cols : sequence of Col
        What is printed, in order.
    scale : Scale
        The unit of the exhibit.
    ordered : bool
        Whether the order of rows means something, so that no reader may sort them.
    fallback : mapping of str to str, optional
        What a column prints where it has no value, other than a dash.
    """
    records = setting.records(frame)
    drawn = _bars(frame, cols)
    rows = []
    for place, record in enumerate(records):
        cells = tuple(
            _cell(record, col, scale, drawn.get(col.name, {}).get(place), fallback or {})
            for col in cols
        )
        role = _ROLES.get(str(record.get("role", "")), "line")
        rows.append(Row(str(record["row_key"]), cells, role))
    return Grid(tuple(_head(col, scale) for col in cols), tuple(rows), _groups(cols), ordered)


def described(frame: pd.DataFrame, cols: Sequence[Col], currency: str) -> tuple[Column, ...]:
    """Return the description of every column of the data; those not printed keep their names."""
    known = {col.name: col for col in cols}
    found = []
    for name in map(str, frame.columns):
        col = known.get(name)
        kind: Type = _TYPES[col.form] if col is not None else _guess(frame[name], name)
        label = _full_label(col) if col is not None else name.replace("_", " ")
        found.append(Column(name, label, kind, currency if kind == "money" else ""))
    return tuple(found)


def _full_label(col: Col) -> str:
    return f"{col.label} ({col.group})" if col.group else col.label


def _guess(values: pd.Series, name: str) -> Type:
    kind = str(values.dtype).lower()
    if name.endswith(("_rate", "_share")):
        return "rate"
    if "float" in kind:
        return "number" if name.endswith("_months") else "money"
    if "int" in kind:
        return "count"
    if "bool" in kind:
        return "boolean"
    return "date" if "datetime" in kind else "text"


def _head(col: Col, scale: look.Scale) -> Head:
    align: Align = "left" if col.form in _LEFT else "right"
    divisor, decimals = _writing(col, scale)
    return Head(
        col.label,
        col.name,
        align=align,
        wide=col.wide,
        swatch=col.swatch,
        bar=bool(col.good),
        scale=divisor,
        decimals=decimals,
        spoken=col.spoken,
        code=col.form == "code",
    )


def _writing(col: Col, scale: look.Scale) -> tuple[float | None, int | None]:
    if col.form in {"money", "delta"}:
        return scale.divisor, scale.decimals
    if col.form in {"rate", "points"}:
        return _PERCENT, col.decimals
    if col.form in {"number", "count"}:
        return 1, col.decimals if col.form == "number" else 0
    return None, None


def _cell(
    record: Mapping[str, Any],
    col: Col,
    scale: look.Scale,
    bar: Bar | None,
    fallback: Mapping[str, str],
) -> Cell:
    value = record.get(col.name)
    if look.missing(value) or value == "":
        empty = "" if col.form in {"text", "code", "state"} else look.MISSING
        return Cell(fallback.get(col.name, empty), sort="")
    divisor, decimals = _writing(col, scale)
    if divisor is not None and decimals is not None:
        signed = col.form in {"delta", "points"}
        text = look.number(value, scale=divisor, decimals=decimals, signed=signed)
        return Cell(text, bar, sort=float(value))  # type: ignore[arg-type]
    if col.form == "date":
        return Cell(look.iso(value))
    if col.form == "state":
        word = str(value)
        return Cell(word, tone=word if word in {"red", "amber", "green"} else "")  # type: ignore[arg-type]
    return Cell(str(value))


def _bars(frame: pd.DataFrame, cols: Sequence[Col]) -> dict[str, dict[int, Bar | None]]:
    found: dict[str, dict[int, Bar | None]] = {}
    roles = frame["role"] if "role" in frame.columns else None
    setting = None if roles is None else (~roles.isin(["total", "memo"])).tolist()
    for scaling in dict.fromkeys(col.scaling for col in cols if col.good):
        together = [col for col in cols if col.good and col.scaling == scaling]
        drawn = bars(
            [frame[col.name].tolist() for col in together],
            [frame[col.good].tolist() for col in together],
            scaled_by=setting,
        )
        for col, column in zip(together, drawn, strict=True):
            found[col.name] = dict(enumerate(column))
    return found


def _groups(cols: Sequence[Col]) -> tuple[Group, ...]:
    if not any(col.group for col in cols):
        return ()
    groups: list[Group] = []
    for col in cols:
        if groups and groups[-1].label == col.group:
            groups[-1] = Group(col.group, groups[-1].span + 1)
        else:
            groups.append(Group(col.group, 1))
    return tuple(groups)
