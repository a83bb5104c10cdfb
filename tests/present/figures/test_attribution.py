from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

import pfkit as pf
from pfkit.measures import Attribution
from pfkit.present import figures
from pfkit.present.facts import rederive
from tests.present.tables.test_cloud_cost import plain

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About

HOLDOUT, MORE = "a rollout by lot, or a holdout", "more customers"
COLUMNS = [
    *("row_key", "feature", "release", "adopters", "incremental", "lo90", "hi90", "verdict"),
    *("reasons", "needs", "placebo_rate", "placebo_p"),
]
NOT = pd.NA
ROWS = [
    ("export", "export", "2026-01", 400, 3000.0, 2000.0, 4000.0, "supported", "kept", "", 0.0, 0.5),
    ("search", "search", "2026-02", 300, 500.0, -100.0, 1200.0, "randomised", "lot", "", 0.01, 0.2),
    ("sync", "sync", "2026-02", 900, NOT, NOT, NOT, "not_identified", "all", HOLDOUT, NOT, NOT),
    ("tiny", "tiny", "2026-02", 9, NOT, NOT, NOT, "too_few", "9 took it", MORE, -0.2, 0.0001),
]
MONTH = {"baseline": 98_000.10, "export": 1_500.0, "search": 250.0, "not_identified": -250.05}
CHECKS = [
    ("customers", "", 1_200.0, NOT, "with revenue"),
    ("ledger less billing", "", NOT, -0.07, "in not_identified"),
    ("billing", "", 3.0, -42.5, "lines that repeat are left out"),
    ("choice and leaving", "", -0.125, NOT, "log hazard"),
    ("largest month of first use", "sync", 0.98, NOT, "share"),
    ("use before release", "export", 2.0, NOT, "customers"),
    ("used together", "export", 0.4, NOT, "r with search"),
]


def made() -> Attribution:
    """Two features with a number, two without; lines of a ledger of 99,500.05 a month."""
    features = pd.DataFrame(ROWS, columns=COLUMNS).assign(method="", shapley=NOT)
    money = ["incremental", "lo90", "hi90", "placebo_rate", "placebo_p"]
    lines = MONTH | {"ledger": 99_500.05}
    ledger = pd.DataFrame(
        [
            {"row_key": f"{month}|{line}", "period": month, "line": line, "amount": amount}
            for month in ("2026-05", "2026-06")
            for line, amount in lines.items()
        ]
    )
    checks = pd.DataFrame(CHECKS, columns=["check", "feature", "value", "amount", "text"])
    checks.insert(0, "row_key", [f"{at:03d}" for at in range(len(checks))])
    monthly = pd.DataFrame(
        {"period": ["2026-05", "2026-06"] * 2, "feature": ["export"] * 2 + ["search"] * 2}
    )
    return Attribution(
        features.astype(dict.fromkeys(money, "Float64") | {"adopters": "Int64"}),
        ledger,
        checks.astype({"value": "Float64", "amount": "Float64"}),
        monthly.assign(incremental=[1500.0, 1500.0, 250.0, 250.0]),
        pd.DataFrame({"export": [2000.0, 3000.0, 4000.0], "search": [-100.0, 500.0, 1200.0]}),
    )


def nothing() -> Attribution:
    """Return what a book without releases gives."""
    found = made().features.head(0)
    found.attrs["reason"] = "no release is known: give table releases"
    return Attribution(found)


def held(shown: pf.Exhibit) -> bool:
    return [rederive(fact, shown.data) for fact in shown.facts] == [f.text for f in shown.facts]


def test_the_message_names_what_earned_most_what_is_refused_and_what_would_help(
    about: About, compiled: Callable[..., bytes]
) -> None:
    shown = figures.attribution(made(), about=about, names={"export": "Bulk export"})
    assert plain(shown.message) == (
        "Bulk export earned most, 3 000 EUR (90 %: 2 000 to 4 000); 2 of 4 features are refused; "
        "a rollout by lot, or a holdout would make 1 of them answerable"
    )
    assert plain(shown.title) == (
        "Meridian Software, incremental revenue by feature in EUR, from each release to 2026-06: "
        "AC with 90 % interval"
    )
    assert held(shown)
    assert compiled(shown).startswith(b"%PDF")


def test_refused_features_have_a_reason_and_no_number(about: About) -> None:
    shown = figures.attribution(made(), about=about)
    rows = shown.data.set_index("row_key")
    assert rows.index.tolist() == ["export", "search", "not-identified", "sync", "tiny"]
    assert rows.loc[["sync", "tiny"], ["incremental", "lo90", "hi90"]].isna().all(axis=None)
    for text in (">all<", "9 took it", "too few users", "randomized", "Not identified"):
        assert text in shown.body.svg
    assert shown.notes[-1] == (
        "What would make them answerable. A rollout by lot, or a holdout: sync. "
        "More customers: tiny."
    )


def test_not_identified_is_what_the_ledger_says(about: About) -> None:
    rows = figures.attribution(made(), about=about).data.set_index("row_key")
    assert rows.loc["not-identified", "incremental"] == -500.10  # two months of -250.05
    assert rows.loc["not-identified", "label"] == "Not identified"


def test_features_beyond_the_top_are_one_bar_with_an_interval_of_their_sum(about: About) -> None:
    shown = figures.attribution(made(), about=about, top=1)
    others = shown.data.set_index("row_key").loc["others"]
    assert (others["label"], others["incremental"]) == ("Others (1)", 500.0)
    # of -100, 500, 1200 the 5 % and 95 % quantiles lie a tenth of the way to the middle
    assert (round(others["lo90"], 6), round(others["hi90"], 6)) == (-40.0, 1130.0)
    assert "2 of 4 features" in plain(shown.message)
    assert held(shown)


def test_what_may_be_nothing_is_told_so(about: About) -> None:
    found = made()
    only = replace(found, features=found.features.iloc[1:2])
    message = plain(figures.attribution(only, about=about).message)
    assert message == (
        "search earned, 500 EUR (90 %: -100 to 1 200), which may as well be nothing; "
        "no feature is refused"
    )
    lost = found.features.iloc[:1].assign(incremental=-5.0)
    message = figures.attribution(replace(found, features=lost), about=about).message
    assert message.startswith("No feature earned anything; export comes closest with")


def test_where_all_are_refused_the_sentence_says_what_would_help(about: About) -> None:
    found = made()
    shown = figures.attribution(replace(found, features=found.features.iloc[2:3]), about=about)
    assert shown.message == (
        "Nothing can be said of what the one feature earned; a rollout by lot, or a holdout "
        "would make it answerable"
    )
    assert held(shown)


def test_returns_stand_beside_their_features(about: About) -> None:
    cost = pd.DataFrame({"feature": ["export", "search"], "direct": [1000.0, 1000.0]})
    returns = pf.attribution_roi(made(), cost.assign(allocated=0.0), gross_margin=0.5)
    shown = figures.attribution(made(), returns, about=about)
    # half of 3,000 is 1,500 for 1,000; half of 500 is 250 for 1,000
    assert shown.data.set_index("row_key")["roi_rate"].dropna().tolist() == [0.5, -0.75]
    assert "+50" in shown.body.svg


def test_many_refused_features_are_counted_and_long_reasons_cut(about: About) -> None:
    found = made()
    rows = [
        found.features.iloc[[2]].assign(row_key=f"s{k}", feature=f"s{k}", reasons="word " * 99)
        for k in range(8)
    ]
    shown = figures.attribution(replace(found, features=pd.concat(rows)), about=about)
    assert shown.notes[-1] == "Not drawn but in tables.xlsx: 2 more refused."
    assert "…" in shown.body.svg


def test_features_without_a_release_share_a_line_and_leave_the_sentence_to_others(
    about: About,
) -> None:
    found = made()
    old = [
        (name, name, "", 80, NOT, NOT, NOT, "descriptive", "no release", "its release", NOT, NOT)
        for name in ("calls", "alerts", "files")
    ]
    rows = pd.DataFrame(ROWS + old, columns=COLUMNS).assign(method="", shapley=NOT)
    shown = figures.attribution(
        replace(found, features=rows.astype(found.features.dtypes.to_dict())), about=about
    )
    message = plain(shown.message)
    assert "5 of 7 features are refused" in message
    assert f"{HOLDOUT} would make 1 of them answerable" in message
    assert "3 features" in shown.body.svg
    assert "calls, alerts, files" in shown.body.svg
    assert len(shown.data) == len(ROWS) + 4
    assert not any("not drawn" in note.casefold() for note in shown.notes)
    assert held(shown)


def test_the_ledger_is_met_to_the_cent_or_the_note_says_by_how_much_not(about: About) -> None:
    found = made()
    tied = " ".join(figures.attribution(found, about=about).notes)
    assert "are 0.00 apart from the ledger in every month" in tied
    ledger = found.ledger.copy()
    ledger.loc[ledger["line"] == "ledger", "amount"] += 1_234.5
    off = " ".join(figures.attribution(replace(found, ledger=ledger), about=about).notes)
    assert "up to 1,234.50 off the ledger" in off


def test_a_book_without_input_says_what_is_missing(about: About) -> None:
    shown = figures.attribution(nothing(), about=about)
    assert shown.kind == "note"
    assert shown.message == ("No feature is attributed: no release is known: give table releases.")


def holdouts(state: str, power: float) -> pd.DataFrame:
    row = {"feature": "sync", "state": state, "holdout": 60, "customers": 400, "months": 6}
    return pd.DataFrame([row | {"power": power, "minimal_effect": 0.04}])


def test_the_sentence_names_the_holdout_that_would_tell_with_its_power() -> None:
    shown = figures.attribution(made(), holdouts=holdouts("proposed", 0.86))
    assert plain(shown.message).endswith(
        "2 of 4 features are refused; to hold sync back from 60 of 400 customers for 6 months"
        " would tell (power 86.0 %)"
    )
    assert held(shown)


def test_where_no_holdout_would_tell_the_sentence_says_what_an_effect_would_have_to_be() -> None:
    shown = figures.attribution(made(), holdouts=holdouts("refused", 0.2))
    assert plain(shown.message).endswith(
        "; a holdout among 400 customers would tell no effect below 4.0 % of revenue"
    )
    assert held(shown)
