"""How the columns of a file are written: the one reading that fits them, or the doubt left."""

from __future__ import annotations

from pfkit.conform.profile.amounts import read_numbers
from pfkit.conform.profile.moments import read_days
from pfkit.conform.profile.reading import Doubt, Fault, Reading, Repair

__all__ = ["Doubt", "Fault", "Reading", "Repair", "read_days", "read_numbers"]
