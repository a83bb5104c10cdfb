"""The book of a group: other books as its sources, in one currency, over common quarters."""

from pfkit.conform.group.declared import Grouping
from pfkit.conform.group.joined import joined

__all__ = ["Grouping", "joined"]
