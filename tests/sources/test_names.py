from __future__ import annotations

import pytest

from pfkit.errors import SourceError
from pfkit.sources.names import header_names, wanted_columns


def test_spaces_around_names_are_removed_and_noted() -> None:
    header = header_names(["id ", "\u00a0amount", "unit  price"], where="a.csv")
    assert header.names == ("id", "amount", "unit price")
    assert header.notes([]) == ["spaces around column names removed: 'id', 'amount', 'unit price'"]


def test_a_column_without_a_name_is_called_by_its_place() -> None:
    header = header_names(["", "b"], where="a.csv")
    assert header.names == ("column_1", "b")
    assert header.notes([]) == ["columns without a name called by position: 'column_1'"]


def test_a_name_twice_is_refused_with_both_places() -> None:
    with pytest.raises(SourceError, match=r"a\.csv: the header names 'amount' twice, in columns 2"):
        header_names(["id", "amount", "amount"], where="a.csv")


def test_case_does_not_tell_columns_apart() -> None:
    with pytest.raises(SourceError, match=r"'AMOUNT' twice, in columns 1 and 2 \(as 'Amount'"):
        header_names(["Amount", "AMOUNT"], where="a.csv")


def test_a_wanted_column_that_is_not_there_offers_the_nearest() -> None:
    with pytest.raises(SourceError, match="closest known column is 'Quantity'"):
        wanted_columns(["Quantity", "Price"], ["Quantitiy"], where="a.csv")
