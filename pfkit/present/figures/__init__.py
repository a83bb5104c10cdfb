"""Charts of a report, one noun each, named after the measure they draw."""

from pfkit.present.figures.bridge import bridge

__all__ = ["bridge"]
