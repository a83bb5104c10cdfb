"""Markov credit by one library, in an environment that holds it; pfkit itself is one of them."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


def _pfkit(paths: pd.DataFrame, separator: str) -> dict[str, float]:
    import pfkit as pf  # noqa: PLC0415 - only one of the libraries is installed

    found = pf.credit_rules(paths, rules=["markov"], lost="lost", separator=separator)
    items = found[found["role"] == "item"]
    return dict(zip(items["feature"], items["markov"], strict=True))


def _channel_attribution(
    paths: pd.DataFrame, separator: str, within: float = 0.05
) -> dict[str, float]:
    from ChannelAttribution import markov_model  # noqa: PLC0415 - as above

    found = markov_model(
        paths,
        "path",
        "gained",
        var_null="lost",
        sep=separator,
        verbose=False,
        flg_pro=False,
        seed=1,
        conv_par=within,
    )
    return dict(zip(found["channel_name"], found["total_conversions"], strict=True))


def _channel_attribution_close(paths: pd.DataFrame, separator: str) -> dict[str, float]:
    return _channel_attribution(paths, separator, within=0.005)


def _marketing_attribution_models(paths: pd.DataFrame, separator: str) -> dict[str, float]:
    import polars as pl  # noqa: PLC0415 - as above
    from mam import MAM  # noqa: PLC0415 - as above

    table = pl.from_pandas(paths)
    parts = [
        table.select("path", pl.lit(won).alias("won"), pl.col(column).alias("often"))
        for won, column in ((True, "gained"), (False, "lost"))
    ]
    asked = MAM(
        pl.concat(parts).filter(pl.col("often") > 0),
        format_type="grouped_journey",
        channels_colname="path",
        journey_with_conv_colname="won",
        occurrences_colname="often",
        path_separator=separator,
    )
    found = asked.run_markov(transition_to_same_state=True)
    # It hands each journey's value out anew; what it says of the chain are the removal effects.
    effects = found.metadata["removal_effect"]["removal_effect"]
    won = float(paths["gained"].sum())
    found.to_pandas()
    return {name: effect / effects.sum() * won for name, effect in effects.items()}


LIBRARIES = {
    "pfkit": _pfkit,
    "ChannelAttribution": _channel_attribution,
    "ChannelAttribution, to .5 %": _channel_attribution_close,
    "marketing_attribution_models": _marketing_attribution_models,
}


def main() -> None:
    """Read what to run as JSON, and print credit, seconds and peak memory."""
    question: dict[str, Any] = json.load(sys.stdin)
    import pandas as pd  # noqa: PLC0415 - timed apart from what follows

    run = LIBRARIES[question["library"]]
    small = pd.DataFrame({"path": ["a>b", "b"], "gained": [1, 1], "lost": [1, 2]})
    # What a library prints is not its answer.
    with contextlib.redirect_stdout(open(os.devnull, "w", encoding="utf-8")):  # noqa: PTH123
        run(small, question["separator"])
        paths = pd.read_parquet(question["file"])
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        wall, began = time.perf_counter(), time.process_time()
        credit = run(paths, question["separator"])
        seconds, wall = time.process_time() - began, time.perf_counter() - wall
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    json.dump(
        {"credit": credit, "cpu": seconds, "wall": wall, "peak": peak, "grown": peak - before},
        sys.stdout,
    )


if __name__ == "__main__":
    main()
