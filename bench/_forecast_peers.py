"""What statsforecast's models answer; run in an environment that holds it, without pfkit."""

from __future__ import annotations

import importlib.metadata
import json
import logging
import sys
import time
import warnings
from typing import Any


def _models() -> dict[str, Any]:
    from statsforecast.models import (  # noqa: PLC0415 - not installed where the bench itself runs
        AutoCES,
        AutoETS,
        DynamicOptimizedTheta,
    )

    return {"AutoETS": AutoETS, "DynamicOptimizedTheta": DynamicOptimizedTheta, "AutoCES": AutoCES}


def _forecast(model: Any, question: dict[str, Any], names: list[str]) -> Any:  # noqa: ANN401
    """Return the forecasts of some series as a table."""
    import pandas as pd  # noqa: PLC0415 - as above
    from statsforecast import StatsForecast  # noqa: PLC0415 - as above

    parts = [
        pd.DataFrame({"unique_id": name, "ds": range(1, len(values) + 1), "y": values})
        for name, values in question["series"].items()
        if name in set(names)
    ]
    engine = StatsForecast(models=[model(season_length=question["season"])], freq=1, n_jobs=1)
    return engine.forecast(df=pd.concat(parts), h=question["horizon"], level=[80, 95])


def main() -> None:
    """Read series of one frequency as JSON and print each model's forecasts and seconds."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    question = json.load(sys.stdin)
    names = list(question["series"])
    answers: dict[str, Any] = {}
    for name, model in _models().items():
        if name not in question["models"]:
            continue
        _forecast(model, question, names[:2])  # compiles what the model compiles
        start = time.process_time()
        table = _forecast(model, question, names)
        seconds = time.process_time() - start
        bounds = ("lo-80", "hi-80", "lo-95", "hi-95")
        columns = [model.__name__, *(f"{model.__name__}-{bound}" for bound in bounds)]
        columns = [c if c in table.columns else c.replace(model.__name__, "CES") for c in columns]
        values = {
            key: rows[columns].to_numpy().tolist() for key, rows in table.groupby("unique_id")
        }
        answers[name] = {"seconds": seconds, "values": values}
    version = importlib.metadata.version("statsforecast")
    json.dump({"answers": answers, "version": version}, sys.stdout)


if __name__ == "__main__":
    main()
