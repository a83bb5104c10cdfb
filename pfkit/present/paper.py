"""Exhibits as Typst: calls to the functions of ``report.typ`` with data as string literals."""

from __future__ import annotations

import unicodedata
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from pfkit.present.body import Bar, Cell, Drawing, Grid, Heading, Note, Points, Tiles
from pfkit.present.scripts import names_in, parts, unbroken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from pfkit.present.exhibit import Exhibit

    Say: TypeAlias = Callable[[str], str]

Value = str | float | bool | None


def literal(text: str) -> str:
    r"""Return text as a Typst string literal; nothing inside it can become markup.

    Examples
    --------
    >>> literal('a "b" #c \\ $d$')
    '"a \\"b\\" #c \\\\ $d$"'
    """
    kept = "".join(
        " " if char in "\n\r\t" else char
        for char in text
        if char in "\n\r\t" or unicodedata.category(char) not in {"Cc", "Cs"}
    )
    return '"' + kept.replace("\\", "\\\\").replace('"', '\\"') + '"'


def words(text: str, names: Iterable[str] = ()) -> str:
    """Return text as Typst: a string, or where its direction changes, strings and islands.

    Examples
    --------
    >>> words("Net"), words("אור: 3") == '(pf-island("אור", rtl) + ": 3")'
    ('"Net"', True)
    """
    text = unbroken(text)
    cut = parts(text, names)
    if not any(direction for _, direction in cut):
        return literal(text)
    written = (f"pf-island({literal(t)}, {d})" if d else literal(t) for t, d in cut)
    return f"({' + '.join(written)})"


def render(exhibit: Exhibit) -> str:
    """Return an exhibit as one Typst call, to stand in a document that imports ``report.typ``."""
    body = exhibit.body
    say = partial(words, names=names_in(exhibit.data))
    if isinstance(body, Heading):
        call = "pf-headline" if body.level == 0 else "pf-section"
        return f"#{call}({say(body.text)}, below: {say(body.below)})\n"
    if isinstance(body, Note):
        return f"#pf-note({say(body.text)})\n"
    frame = _record(
        {
            "id": literal(exhibit.id),
            "title": say(exhibit.title),
            "message": say(exhibit.message),
            "source": say(exhibit.source),
            "notes": _array(say(note) for note in exhibit.notes),
            "alt": literal(exhibit.alt),
        }
    )
    return f"#pf-exhibit({frame}, {_inner(body, say)})\n"


def _inner(body: Drawing | Grid | Points | Tiles, say: Say) -> str:
    if isinstance(body, Grid):
        return _grid(body, say)
    if isinstance(body, Drawing):
        return f"pf-drawing.with({_svg(body.svg)}, width: {body.width:g}mm)"
    if isinstance(body, Tiles):
        tiles = _array(
            _record(
                {
                    "label": say(tile.label),
                    "value": literal(tile.value),
                    "unit": literal(tile.unit),
                    "deltas": _array(
                        _array((literal(text), say(against), literal(tone)))
                        for text, against, tone in tile.deltas
                    ),
                    "remark": say(tile.remark),
                    "spark": _svg(tile.spark) if tile.spark else "none",
                    "spark-alt": literal(tile.spark_alt),
                }
            )
            for tile in body.tiles
        )
        return f"pf-tiles.with({tiles})"
    points = _array(
        _record(
            {
                "mark": literal("" if point.mark is None else str(point.mark)),
                "lead": say(point.lead),
                "rest": say(point.rest),
            }
        )
        for point in body.points
    )
    return f"pf-points.with({points})"


def _grid(grid: Grid, say: Say) -> str:
    heads = _array(
        _record(
            {
                "label": say(head.label),
                "align": literal(head.align),
                "share": f"{head.share:g}",
                "swatch": literal(head.swatch),
                "code": _word(head.code),
            }
        )
        for head in grid.heads
    )
    groups = _array(
        _record({"label": say(group.label), "span": str(group.span)}) for group in grid.groups
    )
    rows = _array(
        _record(
            {"role": literal(row.role), "cells": _array(_cell(cell, say) for cell in row.cells)}
        )
        for row in grid.rows
    )
    return f"pf-grid.with(heads: {heads}, groups: {groups}, rows: {rows})"


def _cell(cell: Cell, say: Say) -> str:
    if cell.bar is None and not cell.tone and cell.mark is None:
        return say(cell.text)
    parts = {"text": say(cell.text), "tone": literal(cell.tone)}
    if cell.bar is not None:
        parts["bar"] = _bar(cell.bar)
    if cell.mark is not None:
        parts["mark"] = literal(str(cell.mark))
    return _record(parts)


def _bar(bar: Bar) -> str:
    tone = {True: "favorable", False: "unfavorable", None: "neutral"}[bar.favorable]
    return _record(
        {
            "share": f"{bar.share:.4f}",
            "low": f"{bar.low:.4f}",
            "high": f"{bar.high:.4f}",
            "tone": literal(tone),
            "cut": _word(bar.cut),
        }
    )


def _svg(svg: str) -> str:
    return f"bytes({literal(svg)})"


def _word(flag: bool) -> str:  # noqa: FBT001 - turns a flag into Typst's word for it
    return "true" if flag else "false"


def _array(values: Iterable[str]) -> str:
    return "(" + "".join(f"{value}, " for value in values) + ")"


def _record(values: Mapping[str, str]) -> str:
    return "(" + ", ".join(f"{name}: {value}" for name, value in values.items()) + ")"
