"""What each table promises: columns, units, grain, rules; the dictionary of the house."""

from __future__ import annotations

from pfkit.contracts.about import About
from pfkit.contracts.dictionary import dictionary
from pfkit.contracts.table import Column, Contract, Kind, contract, tables

__all__ = ["About", "Column", "Contract", "Kind", "contract", "dictionary", "tables"]
