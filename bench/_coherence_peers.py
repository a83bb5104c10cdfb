"""What hierarchicalforecast answers; run in an environment that holds it, without pfkit."""

from __future__ import annotations

import importlib.metadata
import json
import sys
import time
import warnings


def main() -> None:
    """Read matrices of sums and base forecasts as JSON and print them reconciled, with seconds."""
    import numpy as np  # noqa: PLC0415 - not the bench's own
    from hierarchicalforecast.methods import MinTrace  # noqa: PLC0415 - not installed there

    warnings.simplefilter("ignore")
    question = json.load(sys.stdin)
    answers, seconds = [], 0.0
    for one in question:
        sums, base = np.array(one["sums"], dtype=float), np.array(one["base"], dtype=float)
        start = time.process_time()
        method = MinTrace(method="wls_struct", nonnegative=one["nonnegative"])
        lowest = np.arange(len(sums) - sums.shape[1], len(sums))
        found = method.fit_predict(S=sums, y_hat=base[:, None], idx_bottom=lowest)
        seconds += time.process_time() - start
        answers.append(np.asarray(found["mean"]).ravel().tolist())
    version = importlib.metadata.version("hierarchicalforecast")
    json.dump({"answers": answers, "seconds": seconds, "version": version}, sys.stdout)


if __name__ == "__main__":
    main()
