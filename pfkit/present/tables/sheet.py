"""From a result to a printed grid: which columns, in which form, on which scale."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from pfkit.present import look, setting
from pfkit.present.bars import bars
from pfkit.present.body import Align, Bar, Cell, Grid, Group, Head, Role, Row
from pfkit.present.exhibit import Column, Exhibit, Type

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.facts import Facts
    from pfkit.present.setting import Reference

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
_VISIBLE = 0.02
_PERCENT = 0.01
_SHORT_TEXT, _LONG_TEXT = 22, 66
_SHORT_WORD = 12
NOT_ASSIGNED = "not assigned"


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
        Notation under the head: actual solid, plan outlined, previous light, outlook hatched.
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
    swatch: Literal["", "actual", "plan", "previous", "outlook"] = ""
    good: str = ""
    scaling: str = ""
    spoken: str = ""
    decimals: int = 1
    group: str = ""


def variance_cols(
    reference: Reference, *, suffix: str = "", group: str = "", amount: bool = True
) -> list[Col]:
    """Return the columns of a variance: its amount with a bar, unless left out, and its percent."""
    words = f"variance to {reference.words}"
    percent = Col(
        f"{reference.variance_rate}{suffix}",
        f"{reference.delta}{look.THIN}%",
        "points",
        spoken=f"{words} in percent",
        group=group,
    )
    if not amount:
        return [percent]
    moved = Col(
        f"{reference.variance}{suffix}",
        reference.delta,
        "delta",
        good=f"{reference.favorable}{suffix}",
        scaling=suffix,
        spoken=words,
        group=group,
    )
    return [moved, percent]


def grid(
    frame: pd.DataFrame,
    cols: Sequence[Col],
    scale: look.Scale,
    *,
    ordered: bool = True,
    marks: Mapping[str, int] | None = None,
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
    marks : mapping of str to int, optional
        Numbers of the comments that speak about a row, by row key.
    """
    drawn = _bars(frame, cols, scale)
    rows = []
    for place, record in enumerate(setting.records(frame)):
        key = str(record["row_key"])
        cells = [_cell(record, col, scale, drawn.get(col.name, {}).get(place)) for col in cols]
        if marks and key in marks:
            cells[0] = replace(cells[0], mark=marks[key])
        role = _ROLES.get(str(record.get("role", "")), "line")
        rows.append(Row(key, tuple(cells), role))
    heads = tuple(
        _head(col, scale, _share(col, [row.cells[place].text for row in rows]))
        for place, col in enumerate(cols)
    )
    return Grid(heads, tuple(rows), _groups(cols), ordered)


def _share(col: Col, texts: Sequence[str]) -> float:
    """Return how much of the room left over a column takes; short texts and numbers take none."""
    if col.form not in _LEFT:
        return 0
    longest = max(map(len, texts), default=0)
    if not col.wide and longest <= _SHORT_TEXT:
        return 0
    words = re.split(r"[\s/]+", " ".join(texts))
    return max(
        1, min(longest, _LONG_TEXT) / _SHORT_TEXT, max(map(len, words), default=0) / _SHORT_WORD
    )


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
    if name.endswith(("_rate", "_share")) or name.startswith(("irr_", "mirr_")):
        return "rate"
    if name == "level" and "float" in kind:
        return "rate"
    if name.startswith("pi_") or name.endswith("_performance"):
        return "number"
    if "float" in kind:
        return "number" if name.endswith("_months") else "money"
    if "int" in kind:
        return "count"
    if "bool" in kind:
        return "boolean"
    return "date" if "datetime" in kind else "text"


def _head(col: Col, scale: look.Scale, share: float) -> Head:
    align: Align = "left" if col.form in _LEFT else "right"
    divisor, decimals = _writing(col, scale)
    return Head(
        col.label,
        col.name,
        align=align,
        share=share,
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
) -> Cell:
    value = record.get(col.name)
    if look.missing(value) or value == "":
        return Cell("" if col.form in _LEFT else look.MISSING, sort="")
    divisor, decimals = _writing(col, scale)
    if divisor is not None and decimals is not None:
        signed = col.form in {"delta", "points"}
        if col.form == "points" and _moves_nothing(record, col, scale):
            return Cell(look.MISSING, sort="")
        if col.form == "points" and look.beyond(value):
            text = ">+999" if float(value) > 0 else f"<{look.MINUS}999"  # type: ignore[arg-type]
            return Cell(text, sort=float(value))  # type: ignore[arg-type]
        text = look.number(value, scale=divisor, decimals=decimals, signed=signed)
        return Cell(text, bar, sort=float(value))  # type: ignore[arg-type]
    if col.form == "date":
        return Cell(look.iso(value))
    if col.form == "state":
        word = str(value)
        return Cell(word, tone=word if word in {"red", "amber", "green"} else "")  # type: ignore[arg-type]
    return Cell(NOT_ASSIGNED if value == "(none)" else str(value))


def _moves_nothing(record: Mapping[str, Any], col: Col, scale: look.Scale) -> bool:
    """Return whether the amount beside a percentage prints as zero."""
    amount = record.get(col.name.replace("_rate", ""))
    return not look.missing(amount) and scale.zero(amount)


def _bars(
    frame: pd.DataFrame, cols: Sequence[Col], scale: look.Scale
) -> dict[str, dict[int, Bar | None]]:
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
            found[col.name] = {
                place: _seen(bar, value, scale)
                for place, (bar, value) in enumerate(zip(column, frame[col.name], strict=True))
            }
    return found


def _seen(bar: Bar | None, value: object, scale: look.Scale) -> Bar | None:
    """Return a bar without length where a reader would see one beside an amount of zero."""
    if bar is None or abs(bar.share) < _VISIBLE or not scale.zero(value):
        return bar
    return replace(bar, share=0.0, favorable=None)


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


def table(  # an exhibit has many parts, and each is named where it is given
    id: str,  # noqa: A002 - the word for it
    frame: pd.DataFrame,
    cols: Sequence[Col],
    *,
    title: str,
    message: str,
    say: Facts,
    about: About | None,
    tables: Sequence[str],
    notes: Sequence[str] = (),
    ordered: bool = True,
    section: str = "",
    state: str = "",
    kind: Literal["table", "decisions"] = "table",
    marks: pd.DataFrame | None = None,
    kept: Sequence[bool] | None = None,
    left: str = "rows",
) -> Exhibit:
    """Return a printed table as an exhibit; `say` holds its unit and the facts of its message.

    Rows that are not `kept` stand in the data and the workbook alone; a note says how many of what
    is `left` out, as in "rows with nothing to report".
    """
    held = frame if kept is None else frame[list(kept)].reset_index(drop=True)
    printed = grid(held, cols, say.scale, ordered=ordered, marks=numbered(marks, id))
    if len(held) < len(frame):
        notes = [*notes, f"Not printed but in tables.xlsx: {len(frame) - len(held)} {left}."]
    return Exhibit(
        id=id,
        kind=kind,
        title=title,
        message=message,
        data=frame,
        body=printed,
        columns=described(frame, cols, setting.currency(about)),
        unit=say.scale.unit,
        source=setting.source(about, *tables),
        as_of=setting.as_of(about),
        notes=tuple(note for note in notes if note),
        alt=_alt(printed, message),
        facts=say.facts,
        section=section,
        state=state,
    )


def numbered(comments: pd.DataFrame | None, exhibit: str) -> dict[str, int]:
    """Return the number of the comment on each row of an exhibit, from the result of `comments`.

    Where a comment says what it is about, a row of another exhibit with the same key has none.
    """
    if comments is None or comments.empty:
        return {}
    mine, keys = comments, "row_key"
    if {"exhibit", "row"} <= set(comments.columns):
        mine, keys = comments[comments["exhibit"] == exhibit], "row"
    return {str(k): int(n) for k, n in zip(mine[keys], mine["rank"], strict=True)}


def reasons(frame: pd.DataFrame, *, most: int = 3) -> str:
    """Return the reasons of a result, each once, as one remark."""
    if "reason" not in frame.columns:
        return ""
    parts = [part for text in frame["reason"].dropna() for part in str(text).split("; ") if part]
    known = list(dict.fromkeys(parts))
    if not known:
        return ""
    more = f" and {len(known) - most} more" if len(known) > most else ""
    return f"{look.MISSING} not available: {'; '.join(known[:most])}{more}."


def named_reasons(
    frame: pd.DataFrame,
    *,
    column: str = "reason",
    lead: str = f"{look.MISSING} not available: ",
    most: int = 4,
) -> str:
    """Return the reasons of rows behind the label of each, as one remark.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows with ``label`` and the column.
    column : str
        What is told.
    lead : str
        What the remark begins with.
    most : int
        Rows told; how many more there are is said.
    """
    told = [
        f"{str(record['label']).rstrip('*')}: {record[column]}"
        for record in setting.records(frame)
        if not look.missing(record[column]) and record[column]
    ]
    more = f". And {len(told) - most} more" if len(told) > most else ""
    return f"{lead}{'. '.join(told[:most])}{more}." if told else ""


def _alt(printed: Grid, message: str) -> str:
    """Tell the message and the rows that sum up, or else the first row."""
    strong = [row for row in printed.rows if row.role in {"subtotal", "total"}]
    told = [
        f"{row.cells[0].text}: "
        + ", ".join(
            f"{head.label} {cell.text}"
            for head, cell in zip(printed.heads[1:], row.cells[1:], strict=True)
            if cell.text
        )
        for row in strong or printed.rows[:1]
    ]
    count = len(printed.rows)
    return f"Table of {count} row{'' if count == 1 else 's'}. {message}. {'; '.join(told)}"
