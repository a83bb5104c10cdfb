from __future__ import annotations

import pyarrow as pa

from pfkit.sources.raw import RawTable, shorten


def test_the_columns_of_a_raw_table_are_those_of_the_file() -> None:
    table = pa.table({"id": ["1"], "_file": ["a.csv"], "_line": ["2"]})
    assert RawTable(table=table).columns == ("id",)


def test_a_long_row_is_cut_to_what_a_message_carries() -> None:
    assert shorten("x" * 300) == "x" * 199 + "…"
