"""Measures: agreed tables in, results out; no file, no clock, no global setting."""

from pfkit.measures.bridge import bridge, driver
from pfkit.measures.budget import materiality, variance
from pfkit.measures.npv import npv, payback, xnpv
from pfkit.measures.products import product_pnl
from pfkit.measures.revenue import pnl
from pfkit.measures.roi import roi
from pfkit.measures.trend import trend

__all__ = [
    "bridge",
    "driver",
    "materiality",
    "npv",
    "payback",
    "pnl",
    "product_pnl",
    "roi",
    "trend",
    "variance",
    "xnpv",
]
