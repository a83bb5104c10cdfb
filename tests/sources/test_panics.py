from __future__ import annotations

import pytest

from pfkit.errors import SourceError
from pfkit.sources.panics import Unpanicked


class PanicException(BaseException):
    """What the binding of such a reader raises."""


def test_a_panic_is_a_damaged_file() -> None:
    says = r"plan\.xlsb: the workbook is damaged .*\(no entry\)"
    with pytest.raises(SourceError, match=says), Unpanicked("plan.xlsb"):
        raise PanicException("no entry")


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_anything_else_passes_through(error: type[BaseException]) -> None:
    with pytest.raises(error), Unpanicked("plan.xlsb"):
        raise error
