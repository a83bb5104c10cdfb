"""Exhibits as HTML: every value escaped, no inline style, no script."""

from __future__ import annotations

from functools import partial
from html import escape
from typing import TYPE_CHECKING, TypeAlias

from pfkit.present.body import (
    Bar,
    Cell,
    Drawing,
    Grid,
    Head,
    Heading,
    Note,
    Points,
    Row,
    Tile,
    Tiles,
)
from pfkit.present.look import MINUS
from pfkit.present.scripts import html, names_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.present.exhibit import Exhibit

    Words: TypeAlias = Callable[[str], str]

# the summary has no heading of its own between the headline and its exhibits
_FIRST_PAGE = {"", "M0", "Q0"}
_MANY = 9
BAR_WIDTH = 100
BAR_HEIGHT = 10
_FALLBACK = {"favorable": "#0a5c50", "unfavorable": "#e06c00", "neutral": "#3b4650"}


def render(exhibit: Exhibit) -> str:
    """Return an exhibit as an HTML fragment whose classes ``report.css`` styles."""
    body = exhibit.body
    name = f"pf-{escape(exhibit.id)}"
    words = partial(html, names=names_in(exhibit.data))
    if isinstance(body, Heading):
        return _heading(body, name, exhibit, words)
    if isinstance(body, Note):
        return (
            f'<p class="pf-note" id="{name}" data-exhibit="{escape(exhibit.id)}">'
            f"{words(body.text)}</p>"
        )
    inner = _inner(body, name, exhibit, words)
    level = "h2" if exhibit.section in _FIRST_PAGE else "h3"
    message = words(exhibit.message)
    head = f'<{level} class="pf-message" id="{name}-message">{message}</{level}>'
    title = f'<p class="pf-title">{words(exhibit.title)}</p>' if exhibit.title else ""
    notes = "".join(f'<p class="pf-remark">{words(note)}</p>' for note in exhibit.notes)
    source = f'<p class="pf-source">Source: {words(exhibit.source)}</p>' if exhibit.source else ""
    shown = head if exhibit.message else ""
    return (
        f'<section class="pf-exhibit pf-kind-{exhibit.kind}" id="{name}" '
        f'data-exhibit="{escape(exhibit.id)}">{shown}{title}{inner}{notes}{source}</section>'
    )


def _inner(body: Drawing | Grid | Points | Tiles, name: str, exhibit: Exhibit, words: Words) -> str:
    if isinstance(body, Grid):
        return _grid(body, name, exhibit.alt or exhibit.title, words)
    if isinstance(body, Tiles):
        tiles = "".join(_tile(tile, words) for tile in body.tiles)
        return f'<ul class="pf-tiles">{tiles}</ul>'
    if isinstance(body, Points):
        items = "".join(
            f'<li data-row="{escape(point.key)}">'
            + (f'<span class="pf-mark">{point.mark}</span> ' if point.mark is not None else "")
            + f"<span><strong>{words(point.lead)}</strong> {words(point.rest)}</span></li>"
            for point in body.points
        )
        return f'<ul class="pf-points">{items}</ul>'
    return (
        f'<div class="pf-scroll" tabindex="0" role="group" aria-label="{escape(exhibit.title)}">'
        f"{_with_alt(body.svg, exhibit.alt, 'pf-chart')}</div>"
    )


def _with_alt(svg: str, alt: str, kind: str) -> str:
    label = escape(alt)
    return svg.replace("<svg ", f'<svg class="{kind}" role="img" aria-label="{label}" ', 1)


def _heading(body: Heading, name: str, exhibit: Exhibit, words: Words) -> str:
    place = f'id="{name}" data-exhibit="{escape(exhibit.id)}"'
    below = f'<p class="pf-below">{words(body.below)}</p>' if body.below else ""
    if body.level == 0:
        return f'<header class="pf-headline" {place}><h1>{words(body.text)}</h1>{below}</header>'
    return f'<header class="pf-section" {place}><h2>{words(body.text)}</h2>{below}</header>'


def _tile(tile: Tile, words: Words) -> str:
    deltas = "".join(
        f'<span class="pf-delta pf-{tone or "neutral"}">{_arrow(text)}{words(text)} '
        f'<span class="pf-against">{words(against)}</span></span>'
        for text, against, tone in tile.deltas
    )
    remark = f'<span class="pf-against">{words(tile.remark)}</span>' if tile.remark else ""
    spark = _with_alt(tile.spark, tile.spark_alt, "pf-spark") if tile.spark else ""
    return (
        f'<li class="pf-tile" data-row="{escape(tile.key)}">'
        f'<span class="pf-tile-label">{words(tile.label)}</span>'
        f'<span class="pf-tile-value">{words(tile.value)} '
        f'<span class="pf-unit">{words(tile.unit)}</span>{spark}</span>{deltas}{remark}</li>'
    )


def _arrow(text: str) -> str:
    """Return the direction as a sign of its own, which a screen reader skips: the sign is said."""
    arrow = {"+": "\N{BLACK UP-POINTING TRIANGLE}", MINUS: "\N{BLACK DOWN-POINTING TRIANGLE}"}
    return f'<span aria-hidden="true">{arrow[text[0]]}</span> ' if text[:1] in arrow else ""


def _grid(grid: Grid, name: str, alt: str, words: Words) -> str:
    sortable = "" if grid.ordered else " data-sortable"
    dense = " pf-dense" if len(grid.heads) > _MANY else ""
    heads = "".join(_head(head, words) for head in grid.heads)
    rows = "".join(_row(row, grid.heads, words) for row in grid.rows)
    return (
        f'<div class="pf-scroll" tabindex="0" role="region" aria-labelledby="{name}-message">'
        f'<table class="pf-grid{dense}"{sortable}>'
        f'<caption class="pf-hidden">{words(alt)}</caption>'
        f"<thead>{_groups(grid, words)}<tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _groups(grid: Grid, words: Words) -> str:
    if not grid.groups:
        return ""
    cells = "".join(
        f'<th scope="colgroup" colspan="{group.span}" class="pf-group">{words(group.label)}</th>'
        if group.label
        else f'<td colspan="{group.span}"></td>'
        for group in grid.groups
    )
    return f'<tr class="pf-groups">{cells}</tr>'


def _head(head: Head, words: Words) -> str:
    kind = "number" if head.align == "right" else "text"
    swatch = f'<span class="pf-swatch pf-swatch-{head.swatch}"></span>' if head.swatch else ""
    spoken = f' abbr="{escape(head.spoken)}"' if head.spoken else ""
    return (
        f'<th scope="col" class="pf-{head.align}" data-sort="{kind}"'
        f' data-column="{escape(head.column)}"{spoken}>{words(head.label)}{swatch}</th>'
    )


def _row(row: Row, heads: tuple[Head, ...], words: Words) -> str:
    first, *rest = row.cells
    number = ' class="pf-right"' if heads[0].align == "right" else ""
    fixed = " data-fixed" if row.role in {"total", "other"} else ""
    cells = "".join(_cell(cell, head, words) for cell, head in zip(rest, heads[1:], strict=True))
    return (
        f'<tr class="pf-{row.role}" data-row="{escape(row.key)}"{fixed}>'
        f'<th scope="row"{number}>{words(first.text)}{_mark(first)}</th>{cells}</tr>'
    )


def _mark(cell: Cell) -> str:
    if cell.mark is None:
        return ""
    return f' <span class="pf-mark" title="see comment {cell.mark}">{cell.mark}</span>'


def _cell(cell: Cell, head: Head, words: Words) -> str:
    tone = f" pf-{cell.tone}" if cell.tone else ""
    kind = " pf-code" if head.code else ""
    kind += " pf-short" if not head.share else ""
    sort = "" if cell.sort is None else f' data-value="{escape(str(cell.sort))}"'
    bar = _bar(cell.bar) if cell.bar is not None else ""
    wide = " pf-barred" if head.bar else ""
    return (
        f'<td class="pf-{head.align}{wide}{tone}{kind}"{sort}>'
        f"{bar}<span>{words(cell.text)}</span></td>"
    )


def _bar(bar: Bar) -> str:
    span = (bar.high - bar.low) or 1.0
    zero = -bar.low / span * BAR_WIDTH
    length = abs(bar.share) / span * BAR_WIDTH
    left = zero if bar.share >= 0 else zero - length
    tone = {True: "favorable", False: "unfavorable", None: "neutral"}[bar.favorable]
    cut = ""
    if bar.cut:
        tip = zero + (length if bar.share >= 0 else -length)
        cut = (
            f'<line class="pf-cut" x1="{tip * 0.9 + zero * 0.1:.2f}" y1="-1"'
            f' x2="{tip * 0.9 + zero * 0.1:.2f}" y2="{BAR_HEIGHT + 1}"'
            ' stroke="#ffffff" stroke-width="4"/>'
        )
    return (
        f'<svg class="pf-bar" viewBox="0 0 {BAR_WIDTH} {BAR_HEIGHT}" width="44" height="10"'
        ' preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="pf-f-{tone}" fill="{_FALLBACK[tone]}" x="{left:.2f}" y="1"'
        f' width="{length:.2f}" height="{BAR_HEIGHT - 2}"/>{cut}'
        f'<line class="pf-zero" x1="{zero:.2f}" y1="-7" x2="{zero:.2f}" y2="{BAR_HEIGHT + 7}"'
        ' stroke="#56616b" stroke-width="1.5"/></svg>'
    )
