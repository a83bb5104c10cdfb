"""Which row stands above which: levels from codes, parents, paths, or the order of the rows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pfkit.errors import BookError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pfkit.conform.shape import Hierarchy

_SEPARATORS = ".-/_: "
_LEVEL = re.compile(r"\s*(\d+)(\.0+)?\s*")

Cells = tuple[str, ...]


@dataclass(frozen=True)
class Tree:
    """The rows of one slice (a version of a period), each under the nearest row above it.

    Attributes
    ----------
    parents : tuple of int or None
        For each node, the place of the node above it; None at the top.
    depths : tuple of int
        For each node its level: the declared one, else 1 at the top, 2 below, and so on.
    """

    parents: tuple[int | None, ...]
    depths: tuple[int, ...]
    children: Mapping[int, list[int]] = field(default_factory=dict)

    def above(self, node: int) -> list[int]:
        """Return the nodes above a node, the nearest first."""
        found: list[int] = []
        at = self.parents[node]
        while at is not None:
            found.append(at)
            at = self.parents[at]
        return found

    def role(self, node: int, keep: str | int) -> str:
        """Return whether a node is kept, stands ``above`` the kept ones, or ``below`` them.

        A node without rows below it is kept wherever no node above it is: nothing is lost.
        """
        if keep == "leaves":
            return "above" if node in self.children else "kept"
        if self.depths[node] == keep:
            return "kept"
        if self.depths[node] < int(keep):
            return "above" if node in self.children else "kept"
        return "below" if any(self.depths[a] == keep for a in self.above(node)) else "kept"


def tree_of(nodes: Sequence[Cells], how: Hierarchy, known: Mapping[str, str]) -> Tree:
    """Return the tree of one slice.

    Parameters
    ----------
    nodes : sequence of tuple of str
        For each node what its columns say, in the order of `how.columns`; empty text where blank.
        Rows without a code of their own come in the order of the file.
    how : Hierarchy
        What the book declares.
    known : mapping of str to str
        The parent of every code of the source, where parents are declared: a row may stand below
        one that this slice does not have.

    Raises
    ------
    BookError
        If a code stands above itself.

    Examples
    --------
    >>> from pfkit.conform.shape import Hierarchy
    >>> tree = tree_of([("1",), ("11",), ("111",), ("12",)], Hierarchy(code="Code"), {})
    >>> tree.parents, [tree.role(node, "leaves") for node in range(4)]
    ((None, 0, 1, 0), ['above', 'above', 'kept', 'kept'])
    """
    parents = _parents(nodes, how, known)
    children: dict[int, list[int]] = {}
    for node, parent in enumerate(parents):
        if parent is not None:
            children.setdefault(parent, []).append(node)
    plain = Tree(tuple(parents), (), children)
    depths = [len(plain.above(node)) + 1 for node in range(len(nodes))]
    if how.level:
        said = [_level_of(cells[-1]) for cells in nodes]
        depths = [
            depth if level is None else level for level, depth in zip(said, depths, strict=True)
        ]
    return Tree(tuple(parents), tuple(depths), children)


def _parents(nodes: Sequence[Cells], how: Hierarchy, known: Mapping[str, str]) -> list[int | None]:
    if how.level and not how.code:
        return _outline([_level_of(cells[-1]) for cells in nodes])
    if how.path:
        keys: list[Cells] = [_path(cells, how) for cells in nodes]
        at = {key: place for place, key in enumerate(keys)}
        return [_nearest(_prefixes(key), at) for key in keys]
    codes = [cells[0].strip() for cells in nodes]
    tops = [place for place, code in enumerate(codes) if code in how.totals]
    named = how.parent or how.tree or how.parents
    found = _by_parent(codes, nodes, known) if named else _by_prefix(codes, nodes, how)
    top = tops[0] if tops else None
    return [
        None if place == top else (top if parent is None else parent)
        for place, parent in enumerate(found)
    ]


def _outline(levels: Sequence[int | None]) -> list[int | None]:
    """Return for each row the nearest row before it of a smaller level."""
    open_rows: list[tuple[int, int]] = []
    found: list[int | None] = []
    for place, level in enumerate(levels):
        if level is None:
            found.append(None)
            continue
        while open_rows and open_rows[-1][0] >= level:
            open_rows.pop()
        found.append(open_rows[-1][1] if open_rows else None)
        open_rows.append((level, place))
    return found


def _path(cells: Cells, how: Hierarchy) -> Cells:
    """Return the cells of a path that say something, each with its place."""
    return tuple(
        f"{place}:{cell.strip()}"
        for place, cell in enumerate(cells)
        if cell.strip() and cell.strip() not in how.totals
    )


def _prefixes(key: Cells) -> list[Cells]:
    return [key[:length] for length in range(len(key) - 1, -1, -1)]


def _nearest(candidates: Sequence[Cells], at: Mapping[Cells, int]) -> int | None:
    return next((at[key] for key in candidates if key in at), None)


def _by_parent(
    codes: Sequence[str], nodes: Sequence[Cells], known: Mapping[str, str]
) -> list[int | None]:
    at = {code: place for place, code in enumerate(codes)}
    found: list[int | None] = []
    for code, cells in zip(codes, nodes, strict=True):
        seen = {code}
        above = cells[1].strip()
        while above and above not in at and above not in seen:
            seen.add(above)
            above = known.get(above, "")
        found.append(None if above in {"", code} else at.get(above))
    _refuse_circles(found, codes)
    return found


def _refuse_circles(parents: Sequence[int | None], codes: Sequence[str]) -> None:
    circle = circle_among(parents, codes)
    if circle:
        raise BookError(
            f"codes stand above themselves: {circle}",
            where="hierarchy",
            advice="Correct the parent column, or exclude these rows by a rule.",
        )


def circle_among(parents: Sequence[int | None], codes: Sequence[str]) -> str:
    """Return codes that stand above themselves, each under the next; empty where none does.

    Examples
    --------
    >>> circle_among([1, 2, 1], ["A", "B", "C"]), circle_among([1, None], ["A", "B"])
    ("'B' under 'C' under 'B'", '')
    """
    done: set[int] = set()
    for start in range(len(parents)):
        way: list[int] = []
        at: int | None = start
        while at is not None and at not in done:
            if at in way:
                return " under ".join(repr(codes[node]) for node in [*way[way.index(at) :], at])
            way.append(at)
            at = parents[at]
        done |= set(way)
    return ""


def _by_prefix(codes: Sequence[str], nodes: Sequence[Cells], how: Hierarchy) -> list[int | None]:
    stems = [_stem(code, how) for code in codes]
    at: dict[str, int] = {}
    for place, stem in enumerate(stems):
        at.setdefault(stem, place)
    lower = _lower(nodes) if how.level else None
    return [
        _longest(stem, place, at, lower) if stem and codes[place] not in how.totals else None
        for place, stem in enumerate(stems)
    ]


def _lower(nodes: Sequence[Cells]) -> Callable[[int, int], bool]:
    levels = [_level_of(cells[-1]) for cells in nodes]

    def stands_above(above: int, below: int) -> bool:
        one, other = levels[above], levels[below]
        return one is None or other is None or one < other

    return stands_above


def _stem(code: str, how: Hierarchy) -> str:
    """Return a code without the characters it was filled up with.

    A code of 1120 in widths 1, 2, 4 is four characters long, and 1100 is two.
    """
    if not how.padding:
        return code
    bare = code.rstrip(how.padding)
    fitting = [width for width in sorted(how.widths) if width >= len(bare)]
    return code[: fitting[0]] if fitting else bare


def _longest(
    stem: str, place: int, at: Mapping[str, int], lower: Callable[[int, int], bool] | None
) -> int | None:
    """Return the node of the longest code that a code begins with.

    Where a code is written with separators, the code above it ends at one: 1.1 is not above 1.10.
    """
    separated = any(mark in stem for mark in _SEPARATORS)
    for length in range(len(stem) - 1, 0, -1):
        above = at.get(stem[:length])
        if above is None or above == place:
            continue
        ends = stem[length] in _SEPARATORS or stem[length - 1] in _SEPARATORS
        if (ends or not separated) and (lower is None or lower(above, place)):
            return above
    return None


def _level_of(text: str) -> int | None:
    found = _LEVEL.fullmatch(text)
    return int(found[1]) if found else None
