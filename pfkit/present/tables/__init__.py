"""Tables of a report, one noun each, named after the measure they print."""

from pfkit.present.tables.pnl import pnl

__all__ = ["pnl"]
