"""Published cases on variances: their inputs as pfkit takes them, its answer as they state it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pfkit as pf

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import numpy as np


def _pvm(given: Mapping[str, Any]) -> dict[str, Any]:
    before, after, planned = given["q0"], given["q1"], given["p0"]
    price = pf.sales_price_variance(after, planned, given["p1"])
    volume = pf.sales_quantity_variance(before, after, planned)
    mix = pf.sales_mix_variance(before, after, planned)
    return {
        "price": price.tolist(),
        "volume": volume.tolist(),
        "mix": mix.tolist(),
        "total_price": float(price.sum()),
        "total_change": float((price + volume + mix).sum()),
    }


def _price_volume(given: Mapping[str, Any]) -> dict[str, float]:
    price = pf.sales_price_variance([given["q1"]], [given["p0"]], [given["p1"]]).item()
    volume = pf.sales_volume_variance([given["q0"]], [given["q1"]], [given["p0"]]).item()
    return {"price": price, "volume": volume, "total": price + volume}


def _lines(amounts: np.ndarray) -> dict[str, Any]:
    return {"lines": amounts.tolist(), "total": float(amounts.sum())}


def _cost(given: Mapping[str, Any]) -> dict[str, float]:
    above = pf.flexible_budget_variance([given["q1"]], [given["unit0"]], [given["actual"]])
    return {"total": -above.item()}  # the case wants what is favorable above zero


#: The function a case names, and what pfkit answers to its inputs.
ADAPTERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {
    "pvm": _pvm,
    "price_volume": _price_volume,
    "volume_margin_variance": lambda given: pf.sales_volume_variance(
        [given["q0"]], [given["q1"]], [given["margin0"]]
    ).item(),
    "sales_quantity_variance": lambda given: float(
        pf.sales_quantity_variance(given["q0"], given["q1_total"], given["cm0"]).sum()
    ),
    "sales_volume_variance": lambda given: _lines(
        pf.sales_volume_variance(given["q0"], given["q1"], given["p0"])
    ),
    "flex_budget_variance": lambda given: _lines(
        pf.flexible_budget_variance(given["q1"], given["p0"], given["actual"])
    ),
    "flex_budget_variance_cost": _cost,
    "sales_mix_share": lambda given: {
        "mix0": pf.sales_mix_share(given["q0"]).tolist(),
        "mix1": pf.sales_mix_share(given["q1"]).tolist(),
    },
}
