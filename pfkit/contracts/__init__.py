"""What each table promises: columns, units, grain, rules; the dictionary of the house."""

from __future__ import annotations

from pfkit.contracts.about import About
from pfkit.contracts.catalog import Contracts
from pfkit.contracts.dictionary import dictionary
from pfkit.contracts.rules import Rule
from pfkit.contracts.table import Column, Contract, Kind, contract, tables

__all__ = [
    "About",
    "Column",
    "Contract",
    "Contracts",
    "Kind",
    "Rule",
    "contract",
    "dictionary",
    "tables",
]
