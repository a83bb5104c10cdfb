from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

from pfkit import measures
from pfkit.present import tables
from pfkit.present.facts import rederive
from pfkit.present.look import THIN

if TYPE_CHECKING:
    from pfkit.contracts import About


def found(*parts: tuple[str, str, float]) -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "row_key": f"b{place}",
                "rule": rule,
                "month": "2026-05",
                "state": state,
                "amount": amount,
                "count": 2,
                "entries": "J1/2, J7/1",
                "detail": "2 entries posted to 2026-05 after it was locked on 2026-06-07",
                "advice": "Post it in the open month.",
            }
            for place, (rule, state, amount) in enumerate(parts)
        ]
    )


@pytest.mark.parametrize(
    ("parts", "message", "state"),
    [
        (
            [("Locked months", "amber", 2310.0), ("Cut-off", "amber", 99.5)],
            (
                "2 breaches of controls were found, none above materiality, "
                "the largest by locked months (2_310.00_EUR)"
            ),
            "amber",
        ),
        (
            [("Cut-off", "amber", 99.5)],
            (
                "1 breach of controls was found, none above materiality, "
                "the largest by cut-off (99.50_EUR)"
            ),
            "amber",
        ),
        (
            [("Cut-off", "amber", 99.5), ("Manual entries", "red", 7000.0)],
            "1 breach is above materiality, the largest by manual entries (7_000.00_EUR)",
            "red",
        ),
    ],
)
def test_the_gravest_is_named_with_its_amount(
    parts: list[tuple[str, str, float]], message: str, state: str, about: About
) -> None:
    shown = tables.breaches(measures.breaches(found(*parts)), about=about)
    assert (shown.message, shown.state) == (message.replace("_", THIN), state)
    assert all(rederive(fact, shown.data) == fact.text for fact in shown.facts)


def test_a_row_says_which_entries_and_what_to_do(about: About) -> None:
    shown = tables.breaches(
        measures.breaches(found(("Locked months", "amber", 2310.0))), about=about
    )
    (row,) = shown.printed[:1]
    assert row[:6] == [
        "Locked months", "2026-05", "amber", f"2{THIN}310.00", "2", "J1/2, J7/1",
    ]  # fmt: skip
    assert row[6].endswith("2026-06-07 → Post it in the open month.")


def test_folded_findings_are_counted(about: About) -> None:
    parts = [("Cut-off", "amber", float(place + 1)) for place in range(15)]
    shown = tables.breaches(measures.breaches(found(*parts), top=4), about=about)
    assert shown.message.startswith("15 breaches of controls were found, none above")
    assert all(rederive(fact, shown.data) == fact.text for fact in shown.facts)


def test_one_sentence_where_nothing_was_found_or_asked(about: About) -> None:
    none = found().reindex(columns=found(("Cut-off", "amber", 1.0)).columns)
    assert tables.breaches(measures.breaches(none), about=about).message.startswith(
        "No control of the ledger ran"
    )
    none.attrs["reason"] = "No breach of controls was found; looked at: cut-off."
    shown = tables.breaches(measures.breaches(none), about=about)
    assert (shown.kind, shown.message) == ("note", none.attrs["reason"])
