"""Amounts added up a tree: cost center to department, product to family to company."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pfkit.errors import ContractError, near_miss
from pfkit.measures.rows import (
    COUNT,
    MONEY,
    NONE,
    TEXT,
    less,
    money,
    require,
    result,
    row_keys,
    texts,
    whole_cents,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

_TOLD = 3
Cents = dict[str, int]
#: A code is one part; a level that only a column names is its path from the top, after a blank.
Node = tuple[str, ...]
_TOP: Node = ()
_LOOSE: Node = (NONE,)


def roll_up(
    table: pd.DataFrame,
    tree: pd.DataFrame,
    *,
    child: str = "cost_center",
    parent: str | Sequence[str] = "parent",
    amounts: Sequence[str] = ("amount",),
    by: Sequence[str] = (),
    top: str = "Total",
    stated: pd.DataFrame | None = None,
) -> pd.DataFrame:
    r"""Add amounts up a tree, so that every parent is the sum of its children to the cent.

    Use it for budget and actuals by department, or from product to family to company; where a
    sheet states totals of its own, pass them as `stated` and the differences are named.

    Parameters
    ----------
    table : pandas.DataFrame
        Has `child` and the columns of `amounts`, in reporting currency. Rows without a child stand
        together directly below the top.
    tree : pandas.DataFrame
        Such as table ``cost_centers`` or ``products``: one row per `child`; its ``name`` stands in
        the label.
    child : str
        The column of codes.
    parent : str or sequence of str
        A column with the code of the row above, empty at the top; or the columns of the levels
        above, the nearest first, as ``["family"]``.
    amounts : sequence of str
        The columns added up.
    by : sequence of str
        Columns kept apart, such as ``version``; each has a tree of its own.
    top : str
        What the top is called.
    stated : pandas.DataFrame, optional
        Totals that a sheet states: the same columns as `table`, one row per code.

    Returns
    -------
    pandas.DataFrame
        Parents before their children: the columns of `by`, ``node`` (its code), ``label``,
        ``parent``, ``level`` (0 for the top), ``children``, the columns of `amounts`, and with
        `stated` for each ``<amount>_stated`` and ``<amount>_difference`` (stated less added up).
        ``role`` is ``total`` (the top), ``subtotal``, ``item``, or ``own`` for what is booked on
        a parent itself, which is one of its children here. Nodes without amounts are left out.

    Raises
    ------
    ContractError
        If a column is missing; a code stands twice, above itself, or below one that is not in the
        tree; or a row's code is not in it. Each is named.
    MeasureError
        If an amount is missing.

    Notes
    -----
    :math:`amount_{parent} = \sum amount_{children}`, in whole cents.

    References
    ----------
    .. [1] Kimball and Ross, *The Data Warehouse Toolkit*, ch. 7 (ragged hierarchies).

    Examples
    --------
    >>> import pandas as pd
    >>> centers = pd.DataFrame(
    ...     {"cost_center": ["R&D", "Core", "Data"], "parent": [None, "R&D", "R&D"]}
    ... )
    >>> spent = pd.DataFrame({"cost_center": ["Core", "Data"], "amount": [10.0, 2.5]})
    >>> roll_up(spent, centers)[["label", "role", "level", "amount"]].values.tolist()[1:3]
    [['R&D', 'subtotal', 1, 12.5], ['Core', 'item', 2, 10.0]]
    """
    require(table, [child, *amounts, *by], name="table")
    known = _tree(tree, child, parent)
    sums = _sums(table, [child, *by], amounts, known, name="table")
    told = None if stated is None else _sums(stated, [child, *by], amounts, known, name="stated")
    rows: list[dict[str, Any]] = []
    for group in sorted({*sums, *(told or {})}):
        named = (told or {}).get(group, {})
        added = _added(known, sums.get(group, {}), list(amounts), named)
        for row in added.rows(top):
            head = dict(zip(by, group, strict=True)) | row
            if told is not None:
                head |= _against(row, named.get(row["at"]), amounts)
            rows.append(head)
    keys = row_keys([(*(row[c] for c in by), *row["path"]) for row in rows])
    rows = [
        row | {"row_key": key} | {name: money(row[name]) for name in amounts}
        for key, row in zip(keys, rows, strict=True)
    ]
    kinds = {"row_key": TEXT} | dict.fromkeys(by, TEXT)
    kinds |= {"node": TEXT, "label": TEXT, "role": TEXT, "parent": TEXT}
    kinds |= {"level": COUNT, "children": COUNT} | dict.fromkeys(amounts, MONEY)
    if stated is not None:
        for name in amounts:
            kinds |= {f"{name}_stated": MONEY, f"{name}_difference": MONEY}
    return result(rows, kinds)


@dataclass(frozen=True)
class _Tree:
    """The parent of every node, and what it is called."""

    parents: Mapping[Node, Node]
    labels: Mapping[Node, str]


def _tree(tree: pd.DataFrame, child: str, parent: str | Sequence[str]) -> _Tree:
    columns = [parent] if isinstance(parent, str) else list(parent)
    require(tree, [child, *columns], name="tree")
    codes = texts(tree[child]).tolist()
    paths = list(zip(*(texts(tree[column]).tolist() for column in columns), strict=True))
    _refuse_twice(codes, paths, child)
    labels: dict[Node, str] = {(code,): code for code in codes}
    if "name" in tree.columns:
        named = zip(codes, texts(tree["name"]), strict=True)
        labels |= {(code,): name for code, name in named if name != NONE}
    if not isinstance(parent, str):
        return _by_levels(codes, paths, labels)
    parents: dict[Node, Node] = {
        (code,): _TOP if above in {NONE, code} else (above,)
        for code, (above,) in zip(codes, paths, strict=True)
    }
    for node, above in parents.items():
        if above != _TOP and above not in parents:
            raise ContractError(
                f"{_word(child)} {node[0]!r} stands under {above[0]!r}, which is not in the tree",
                where="tree",
                advice=f"Add it, or correct the parent. {near_miss(above[0], codes, noun='code')}",
            )
    _refuse_circles(parents, child)
    return _Tree(parents, labels)


def _by_levels(codes: list[str], paths: list[tuple[str, ...]], labels: dict[Node, str]) -> _Tree:
    """Return the tree of columns that each name the level above; equal names are one node."""
    parents: dict[Node, Node] = {}
    for code, path in zip(codes, paths, strict=True):
        down = [part for part in reversed(path) if part != NONE]
        levels = [_TOP, *(("", *down[: depth + 1]) for depth in range(len(down)))]
        for above, node in itertools.pairwise(levels):
            parents[node] = above
            labels[node] = node[-1]
        parents[code,] = levels[-1]
    return _Tree(parents, labels)


def _refuse_twice(codes: list[str], above: list[tuple[str, ...]], child: str) -> None:
    twice = [code for code, count in Counter(codes).items() if count > 1]
    if not twice:
        return
    first = twice[0]
    places = [
        " under ".join(part for part in path if part != NONE) or "the top"
        for code, path in zip(codes, above, strict=True)
        if code == first
    ]
    more = f" (as do {len(twice) - 1} more)" if len(twice) > 1 else ""
    raise ContractError(
        f"{_word(child)} {first!r} stands twice{more}: under {' and under '.join(places)}",
        where="tree",
        advice="A code has one place in a tree: keep one of the rows.",
    )


def _refuse_circles(parents: Mapping[Node, Node], child: str) -> None:
    done: set[Node] = {_TOP}
    for start in parents:
        way: list[Node] = []
        at = start
        while at not in done:
            if at in way:
                circle = " under ".join(repr(node[0]) for node in [*way[way.index(at) :], at])
                raise ContractError(
                    f"{_word(child)}s stand above themselves: {circle}",
                    where="tree",
                    advice="Correct the parent of one of them.",
                )
            way.append(at)
            at = parents[at]
        done |= set(way)


def _sums(
    table: pd.DataFrame, columns: list[str], amounts: Sequence[str], tree: _Tree, *, name: str
) -> dict[tuple[str, ...], dict[Node, Cents]]:
    """Return cents by group, node and amount; refuse codes that are not in the tree."""
    require(table, [*columns, *amounts], name=name)
    child, *by = columns
    codes = texts(table[child])
    cents = {each: whole_cents(table[each], name=name).tolist() for each in amounts}
    known = [node[0] for node in tree.parents if len(node) == 1]
    unknown = codes[~codes.isin([*known, NONE])]
    if len(unknown):
        first = str(unknown.iloc[0])
        mine = (codes == first).tolist()
        size = sum(c for c, here in zip(cents[amounts[0]], mine, strict=True) if here) / 100
        others = sorted(set(unknown) - {first})
        more = f", nor are {', '.join(others[:_TOLD])}" if others else ""
        more += f" and {len(others) - _TOLD} more" if len(others) > _TOLD else ""
        raise ContractError(
            f"{_word(child)} {first!r} is not in the tree ({sum(mine)} rows, {size:,.2f}){more}",
            where=name,
            advice=f"Add it to the tree. {near_miss(first, known, noun='code')}",
        )
    groups = list(zip(*(texts(table[each]) for each in by), strict=True)) if by else []
    found: dict[tuple[str, ...], dict[Node, Cents]] = {}
    for place, code in enumerate(codes):
        group = groups[place] if by else ()
        held = found.setdefault(group, {}).setdefault((code,), dict.fromkeys(amounts, 0))
        for each in amounts:
            held[each] += cents[each][place]
    return found


def _added(
    tree: _Tree, own: Mapping[Node, Cents], amounts: list[str], named: Iterable[Node]
) -> _Added:
    """Return one tree with its amounts, without the nodes that have none and are not `named`."""
    wanted: set[Node] = set()
    for node in (*own, *named):
        at = node
        while at != _TOP and at not in wanted:
            wanted.add(at)
            at = tree.parents.get(at, _TOP)
    below: dict[Node, list[Node]] = {}
    for node in (*tree.parents, _LOOSE):
        if node in wanted:
            below.setdefault(tree.parents.get(node, _TOP), []).append(node)
    return _Added(tree, own, amounts, below)


@dataclass(frozen=True)
class _Added:
    """One tree with its amounts."""

    tree: _Tree
    own: Mapping[Node, Cents]
    amounts: list[str]
    below: Mapping[Node, list[Node]]
    sums: dict[Node, Cents] = field(default_factory=dict)

    def total(self, node: Node) -> Cents:
        """Return what a node comes to with everything below it."""
        if node not in self.sums:
            parts = [self.own.get(node, {}), *(self.total(n) for n in self.below.get(node, []))]
            self.sums[node] = {
                name: sum(part.get(name, 0) for part in parts) for name in self.amounts
            }
        return self.sums[node]

    def rows(self, top: str) -> Iterator[dict[str, Any]]:
        """Yield every node, parents before their children."""
        if self.below:
            yield self._row(_TOP, (top,), "total") | {"label": top, "path": (top,)}
            yield from self._under(_TOP, ())

    def _under(self, node: Node, path: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        if self._itself(node):
            yield self._row(node, (*path, "itself"), "own")
        for one in self.below.get(node, []):
            inside = (*path, one[-1])
            yield self._row(one, inside, "subtotal" if self.below.get(one) else "item")
            yield from self._under(one, inside)

    def _itself(self, node: Node) -> bool:
        """Return whether something is booked on a node that has others below it."""
        return node != _TOP and bool(self.below.get(node)) and any(self.own.get(node, {}).values())

    def _row(self, node: Node, path: tuple[str, ...], role: str) -> dict[str, Any]:
        own = role == "own"
        name = self.tree.labels.get(node, "not assigned")
        above = node if own else self.tree.parents.get(node, _TOP)
        return {
            "at": None if own or node == _TOP else node,
            "path": path,
            "node": "" if own or node == _TOP else node[-1],
            "label": f"{name}, itself" if own else name,
            "role": role,
            "parent": above[-1] if above != _TOP else "",
            "level": 0 if node == _TOP else len(path),
            "children": 0 if own else len(self.below.get(node, [])) + self._itself(node),
            **(self.own[node] if own else self.total(node)),
        }


def _against(row: Mapping[str, Any], said: Cents | None, amounts: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in amounts:
        cents = None if said is None else said[name]
        found[f"{name}_stated"] = money(cents)
        found[f"{name}_difference"] = money(less(cents, row[name]))
    return found


def _word(child: str) -> str:
    return child.replace("_", " ")
