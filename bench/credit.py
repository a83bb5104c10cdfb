"""Markov credit beside ChannelAttribution and marketing-attribution-models: seconds, memory, error.

Paths are drawn from a chain over channels, so that what the chain without a channel would bring is
known; `repeated` draws many rows of few distinct paths, `distinct` lets hardly any path come twice.
Each library reads the same file in a process of its own; reading is not timed. ChannelAttribution
simulates until repetitions agree within 5 %, and once more until they agree within .5 %; the other
two are exact. marketing-attribution-models needs about 3 GB per million rows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bench._peers import PeersError, ask, environment

if TYPE_CHECKING:
    from numpy.random import Generator
    from numpy.typing import NDArray

    Names = NDArray[np.str_]
    Shares = NDArray[np.float64]

_CHANNEL_ATTRIBUTION = ("ChannelAttribution==2.2.5", "matplotlib==3.11.2", "pyarrow==26.0.1")
PACKAGES = {
    "ChannelAttribution": _CHANNEL_ATTRIBUTION,
    "ChannelAttribution, to .5 %": _CHANNEL_ATTRIBUTION,
    "marketing_attribution_models": ("marketing-attribution-models==2.1.1", "pyarrow==26.0.1"),
}
SCRIPT = Path(__file__).with_name("_credit_peers.py")
_CHANNELS = 12
_SEPARATOR = ">"


def paths(rows: int, *, distinct: int, seed: int) -> pd.DataFrame:
    """Return rows of paths, `distinct` of them different at most, some ending in a gain."""
    dice = np.random.default_rng(seed)
    names = np.array([f"channel{k:02d}" for k in range(_CHANNELS)])
    likely = 1.0 / np.arange(1, _CHANNELS + 1)
    steps = dice.dirichlet(3 * likely / likely.sum() * _CHANNELS, size=_CHANNELS)
    texts = np.array([], dtype=object)
    while len(texts) < distinct:  # short paths come again: more are drawn until enough differ
        more = _texts(dice, names, steps, likely / likely.sum(), size=distinct)
        texts = pd.unique(np.concatenate([texts, more]))
    texts = texts[:distinct]
    popular = 1.0 / np.arange(1, distinct + 1)
    once = np.arange(rows) % distinct
    chosen = dice.choice(distinct, size=rows, p=popular / popular.sum())
    chosen = once if distinct == rows else chosen
    gained = dice.random(rows) < 0.2  # noqa: PLR2004 - one in five
    return pd.DataFrame(
        {
            "path": pd.Series(texts, dtype="str").take(chosen),
            "gained": gained.astype(np.int64),
            "lost": (~gained).astype(np.int64),
        }
    )


def _texts(
    dice: Generator, names: Names, steps: Shares, first: Shares, *, size: int
) -> NDArray[np.object_]:
    """Return paths of a chain over channels, as text."""
    lengths = np.minimum(dice.geometric(0.2, size=size), 15)
    touches = np.zeros((size, int(lengths.max())), dtype=np.int64)
    touches[:, 0] = dice.choice(len(names), size=size, p=first)
    for place in range(1, touches.shape[1]):
        drawn = dice.random(size)[:, None]
        reached = np.cumsum(steps[touches[:, place - 1]], axis=1)
        touches[:, place] = np.minimum((drawn > reached).sum(1), len(names) - 1)
    rows = zip(touches, lengths, strict=True)
    return np.array([_SEPARATOR.join(names[row[:length]]) for row, length in rows], dtype=object)


def _apart(found: dict[str, float], exact: dict[str, float]) -> float:
    """Return how far off the worst channel is, as a share of what it is due."""
    return max(abs(found.get(name, 0.0) / due - 1) for name, due in exact.items() if due > 0)


def _compared(kind: str, table: pd.DataFrame, pythons: dict[str, Path]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "paths.parquet"
        table.to_parquet(file, index=False)
        count = table["path"].nunique()
        del table
        question = {"file": str(file), "separator": _SEPARATOR}
        ours = ask(Path(sys.executable), SCRIPT, question | {"library": "pfkit"})
        print(f"{kind}: {count:,} distinct paths")
        print(
            f"  pfkit: {ours['cpu']:.2f} s CPU ({ours['wall']:.2f} s), "
            f"peak {ours['peak'] / 1024:,.0f} MB, {ours['grown'] / 1024:,.0f} MB of it in the call"
        )
        for library, python in pythons.items():
            theirs = ask(python, SCRIPT, question | {"library": library})
            cpu, wall = theirs["cpu"] / ours["cpu"], theirs["wall"] / ours["wall"]
            print(
                f"  {library}: {theirs['cpu']:.2f} s CPU ({theirs['wall']:.2f} s), {cpu:.1f} times "
                f"pfkit's ({wall:.1f} by the clock); peak {theirs['peak'] / 1024:,.0f} MB, "
                f"{theirs['grown'] / 1024:,.0f} in the call; "
                f"worst channel {_apart(theirs['credit'], ours['credit']):.1%} off"
            )


def main(arguments: list[str]) -> int:
    """Print each library's seconds, memory and worst channel beside pfkit's."""
    parser = argparse.ArgumentParser(prog="python -m bench credit", description=__doc__)
    parser.add_argument("--rows", type=int, default=3_000_000, metavar="N")
    parser.add_argument("--distinct", type=int, default=1_000_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N")
    parser.add_argument("--no-peers", action="store_true", help="pfkit alone")
    chosen = parser.parse_args(arguments)
    try:
        pythons = (
            {}
            if chosen.no_peers
            else {name: environment(packages) for name, packages in PACKAGES.items()}
        )
        for kind, rows, distinct in (
            (f"repeated, {chosen.rows:,} rows", chosen.rows, 2_000),
            (f"distinct, {chosen.distinct:,} rows", chosen.distinct, chosen.distinct),
        ):
            _compared(kind, paths(rows, distinct=distinct, seed=chosen.seed), pythons)
    except PeersError as why:
        print(why, file=sys.stderr)
        return 1
    return 0
