"""Every case of the corpus, the bad ones and the clean ones."""

from __future__ import annotations

from typing import Final

from tests.corpus import (
    bad_dates,
    bad_json,
    bad_parquet,
    bad_rules,
    bad_text,
    bad_values,
    bad_workbook,
    clean,
)

_SHELVES: Final = (
    bad_text,
    bad_dates,
    bad_values,
    bad_rules,
    bad_json,
    bad_parquet,
    bad_workbook,
    clean,
)
CASES: Final = tuple(case for module in _SHELVES for case in module.shelf.cases)
BAD: Final = tuple(case for case in CASES if not case.clean)
CLEAN: Final = tuple(case for case in CASES if case.clean)
