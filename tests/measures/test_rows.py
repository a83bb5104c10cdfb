from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pfkit.errors import ContractError, MeasureError
from pfkit.measures.rows import favorable, rate, require, row_keys, slug, summed, whole_cents

LABELS = st.lists(st.tuples(st.text(max_size=6), st.text(max_size=6)), unique=True, max_size=12)


def test_a_slug_is_lower_case_words_joined_by_hyphens() -> None:
    assert slug("Cost of revenue (net)") == "cost-of-revenue-net"


@given(labels=LABELS, data=st.data())
def test_row_keys_are_unique_and_do_not_depend_on_the_order_of_rows(
    labels: list[tuple[str, ...]], data: st.DataObject
) -> None:
    keys = dict(zip(labels, row_keys(labels, reserved=["total"]), strict=True))
    assert len({*keys.values(), "total"}) == len(labels) + 1
    shuffled = data.draw(st.permutations(labels))
    assert dict(zip(shuffled, row_keys(shuffled, reserved=["total"]), strict=True)) == keys


def test_cents_add_up_where_floats_do_not() -> None:
    table = pd.DataFrame({"product": ["a", "a", "a"], "amount": [0.1, 0.2, -0.3]})
    assert summed(table, ["product"], name="actuals")["cents"].tolist() == [0]


def test_a_missing_amount_is_refused_with_its_number() -> None:
    with pytest.raises(MeasureError, match="1 of 2 amounts are missing") as caught:
        whole_cents(pd.Series([1.0, float("nan")]), name="budget")
    assert caught.value.where == "budget"
    assert "0" in caught.value.advice


def test_a_missing_column_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(ContractError, match="'product' is not there") as caught:
        require(pd.DataFrame(columns=["prodcut"]), ["product"], name="actuals")
    assert "prodcut" in caught.value.advice


def test_a_rate_has_the_sign_of_its_variance_also_on_a_negative_base() -> None:
    assert rate(-10, -50) == pytest.approx(-0.2)
    assert rate(10, 0) is None


def test_favorable_is_the_account_s_word_and_silent_at_zero() -> None:
    assert favorable(1, when="higher") is True
    assert favorable(1, when="lower") is False
    assert favorable(0, when="lower") is None
    assert favorable(1, when="") is None
