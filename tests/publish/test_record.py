from __future__ import annotations

import datetime as dt
import json
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pfkit.publish.record import RECORD, plain, record, rows


def book() -> SimpleNamespace:
    period = SimpleNamespace(
        label="2026-06", kind="month", first=dt.date(2026, 6, 1), last=dt.date(2026, 6, 30)
    )
    about = SimpleNamespace(
        company="Toy <b>",
        entity="toy",
        currency="EUR",
        demo=True,
        period=period,
        as_of=dt.date(2026, 7, 4),
    )
    provenance = pd.DataFrame(
        {"row_key": ["l"], "source": ["ledger"], "file": ["l.csv"], "sha256": ["ab"], "rows": [3]}
    )
    return SimpleNamespace(
        about=about,
        policies={"materiality_amount": 5000.0},
        addresses=("owner",),
        provenance=provenance,
        controls=pd.DataFrame({"row_key": ["tie"], "state": ["amber"], "actual": [float("nan")]}),
        balance=pd.DataFrame({"row_key": ["ledger"], "rows_in": [3]}),
        rules=pd.DataFrame({"row_key": []}),
    )


def test_a_record_names_inputs_checks_and_policies() -> None:
    facts = record(book()).facts
    assert facts["inputs"] == [{"source": "ledger", "file": "l.csv", "sha256": "ab", "rows": 3}]
    assert facts["controls"] == [{"row_key": "tie", "state": "amber", "actual": None}]
    assert facts["period"] == {
        "label": "2026-06",
        "kind": "month",
        "first": "2026-06-01",
        "last": "2026-06-30",
    }
    assert facts["policies"] == {"materiality_amount": 5000.0}
    assert facts["addresses"] == ["owner"]
    json.dumps(facts, allow_nan=False)


def test_a_record_shows_one_line_and_its_facts() -> None:
    shown = record(book())._repr_mimebundle_()
    assert shown["text/plain"] == "1 input file, 2026-06-01 to 2026-06-30, as known on 2026-07-04."
    assert set(shown) == {"text/plain", "text/html", RECORD}


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (np.int64(3), 3),
        (np.float64("nan"), None),
        (pd.NA, None),
        (pd.NaT, None),
        (pd.Timestamp("2026-06-30"), "2026-06-30T00:00:00"),
        (np.bool_(True), True),  # noqa: FBT003 - a value, not an argument
        (("a", 1), ["a", 1]),
        ({"a": dt.date(2026, 6, 30)}, {"a": "2026-06-30"}),
    ],
)
def test_a_value_becomes_plain(value: object, kept: object) -> None:
    assert plain(value) == kept


def test_rows_keep_their_column_names() -> None:
    assert rows(pd.DataFrame({"a": [1, 2], "b": ["x", None]})) == [
        {"a": 1, "b": "x"},
        {"a": 2, "b": None},
    ]
