"""What pyxirr and numpy-financial answer; run in an environment that holds them, without pfkit."""

from __future__ import annotations

import importlib.metadata
import json
import math
import sys
import time
import warnings
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    Given = dict[str, Any]


def _days(given: Given) -> list[date]:
    return [date.fromisoformat(day) for day in given["dates"]]


def pyxirr() -> dict[str, Callable[[Given], Any]]:
    """Return what pyxirr offers, by the names of the cases."""
    import pyxirr as peer  # noqa: PLC0415 - not installed where the bench itself runs

    counts = {
        "act/360": peer.DayCount.ACT_360,
        "act/act ISDA": peer.DayCount.ACT_ACT_ISDA,
        "30/360 SIA": peer.DayCount.THIRTY_U_360,
        "30E/360": peer.DayCount.THIRTY_E_360,
        "act/365F": peer.DayCount.ACT_365F,
    }

    def xirr(given: Given) -> Any:  # noqa: ANN401
        count = counts[given.get("day_count") or "act/365F"]
        return peer.xirr(_days(given), given["values"], day_count=count)

    return {
        "npv": lambda given: peer.npv(given["rate"], given["values"]),
        "npv_end": lambda given: peer.npv(given["rate"], given["values"], start_from_zero=False),
        "irr": lambda given: peer.irr(given["values"]),
        "xirr": xirr,
        "xnpv": lambda given: peer.xnpv(given["rate"], _days(given), given["values"]),
        "mirr": lambda given: peer.mirr(
            given["values"], given["finance_rate"], given["reinvest_rate"]
        ),
        "pmt": lambda given: peer.pmt(given["rate"], given["nper"], given["pv"]),
        "pv": lambda given: peer.pv(given["rate"], given["nper"], given["pmt"], given["fv"]),
        "fv": lambda given: peer.fv(given["rate"], given["nper"], given["pmt"], given["pv"]),
        "nper": lambda given: peer.nper(given["rate"], given["pmt"], given["pv"], given["fv"]),
        "rate": lambda given: peer.rate(given["nper"], given["pmt"], given["pv"], given["fv"]),
    }


def numpy_financial() -> dict[str, Callable[[Given], Any]]:
    """Return what numpy-financial offers, by the names of the cases."""
    import numpy_financial as peer  # noqa: PLC0415 - as above

    return {
        "npv": lambda given: peer.npv(given["rate"], given["values"]),
        "npv_end": lambda given: peer.npv(given["rate"], [0.0, *given["values"]]),
        "irr": lambda given: peer.irr(given["values"]),
        "mirr": lambda given: peer.mirr(
            given["values"], given["finance_rate"], given["reinvest_rate"]
        ),
        "pmt": lambda given: peer.pmt(given["rate"], given["nper"], given["pv"]),
        "pv": lambda given: peer.pv(given["rate"], given["nper"], given["pmt"], given["fv"]),
        "fv": lambda given: peer.fv(given["rate"], given["nper"], given["pmt"], given["pv"]),
        "nper": lambda given: peer.nper(given["rate"], given["pmt"], given["pv"], given["fv"]),
        "rate": lambda given: peer.rate(given["nper"], given["pmt"], given["pv"], given["fv"]),
    }


def _answer(call: Callable[[Given], Any], given: Given) -> float | None:
    """Return a number, or None for none, nan or a refusal."""
    try:
        got = call(given)
    except Exception:  # noqa: BLE001 - whatever a peer raises, it gives no number
        return None
    return float(got) if got is not None and math.isfinite(got) else None


def main() -> None:
    """Answer cases, flows and timings for both."""
    warnings.simplefilter("ignore")
    question = json.load(sys.stdin)
    found: dict[str, Any] = {}
    for name, offers in (("pyxirr", pyxirr()), ("numpy-financial", numpy_financial())):
        told: dict[str, Any] = {"version": importlib.metadata.version(name)}
        told["cases"] = [
            {"offered": case["function"] in offers}
            | (
                {"got": _answer(offers[case["function"]], case["inputs"])}
                if case["function"] in offers
                else {}
            )
            for case in question["cases"]
        ]
        began = time.perf_counter()
        told["flows"] = [_answer(offers["irr"], {"values": row}) for row in question["flows"]]
        told["flows_seconds"] = time.perf_counter() - began
        told["seconds"] = {}
        for label, row in question["timed"].items():
            if max(told["seconds"].values(), default=0) > question["patience"]:
                continue  # what took that long once is not tried again
            times: list[float] = []
            while not times or (len(times) < question["repeats"] and sum(times) < 1):
                began = time.perf_counter()
                _answer(offers["irr"], {"values": row})
                times.append(time.perf_counter() - began)
            told["seconds"][label] = min(times)
        found[name] = told
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
