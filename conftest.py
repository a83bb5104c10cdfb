"""What holds for every test: guides are compared by what a reader sees of an exhibit.

The data behind an exhibit, and the values its columns are sorted by, are of full precision, and the
last digits of what was estimated depend on the processor. All that is printed or drawn is compared
to the letter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbval.plugin import IPyNbFile

if TYPE_CHECKING:
    import pytest

PAYLOAD = "application/vnd.pfkit.exhibit+json"
SORTED_BY = r'data-value="[^"]*"'


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what is not printed out of the comparison of notebooks."""
    for file in {item.parent for item in items if isinstance(item.parent, IPyNbFile)}:
        file.skip_compare = (*file.skip_compare, PAYLOAD)
        file.sanitize_patterns[SORTED_BY] = "data-value"
