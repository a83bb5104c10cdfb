"""Pairs of series beside each other: what is left of each, and what chance makes of that."""
