"""Sentences on rows: what they say, and that every number in them can be worked out again."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pfkit import measures
from pfkit.period import FiscalCalendar
from pfkit.present import words

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.period import Period

    Rows = Callable[[str], pd.DataFrame]

MINUS = "\N{MINUS SIGN}"
NUMBER = re.compile(rf"[+{MINUS}]?\d[\d ]*(?:\.\d+)?")
JUNE = FiscalCalendar().period("2026-06")
COLUMNS = ["version", "period", "product", "family", "account", "line", "group", "amount"]


def plain(text: str) -> str:
    return text.replace("\N{NARROW NO-BREAK SPACE}", " ")


def commented(statement: pd.DataFrame, june: Period, **more: object) -> pd.DataFrame:
    table = measures.pnl(statement, period=june, plan="plan")
    return measures.commentary(
        {"pnl": table}, period=june, statement=statement, plan="plan", rate=0.05, **more
    )  # type: ignore[arg-type]


def test_a_sentence_says_how_far_and_why(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    told = commented(statement, june)
    shown = words.commentary(told, about=about)
    assert [plain(line) for (line,) in shown.printed] == [
        (
            "Gross sales is +30.0 kEUR (+30.0 %) against plan, favorable. "
            "Driver: Atlas +30.0 (100.0 %)."
        ),
        (
            f"Refunds is {MINUS}5.0 kEUR ({MINUS}100.0 %) against plan, unfavorable. "
            f"Driver: Atlas {MINUS}5.0 (100.0 %)."
        ),
    ]
    assert plain(shown.message) == (
        "2 variances are material (at least 5 %): 2 have a single driver, none has been commented"
    )
    assert shown.data["sentence"].map(plain).tolist() == [plain(line) for (line,) in shown.printed]


def test_where_none_explains_it_the_sentence_says_so(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    extra = statement.iloc[[0, 4]].assign(product="Corvo", family="C", amount=[20_000.0, 50_000.0])
    told = commented(pd.concat([statement, extra]), june)
    # Atlas +30 and Corvo -30 of 0 in all: nothing is material; with -20 both cover most of +10
    assert "pnl|gross-sales" not in set(told["row_key"])
    extra["amount"] = [30_000.0, 50_000.0]
    told = commented(pd.concat([statement, extra]), june)
    shown = words.commentary(told, about=about)
    assert plain(shown.printed[0][0]) == (
        "Gross sales is +10.0 kEUR (+6.7 %) against plan, favorable. "
        "Driver: Atlas +30.0 (300.0 %), all else "
        f"{MINUS}20.0."
    )
    extra["amount"] = [70_000.0, 50_000.0]  # Atlas +30 and Corvo +20 of +50: 60 and 40 percent
    told = commented(pd.concat([statement, extra]), june, cover=0.61)
    assert "No single driver explains it." in words.commentary(told, about=about).printed[0][0]
    bare = measures.commentary(
        {"pnl": measures.pnl(statement, period=june, plan="plan")}, period=june, rate=0.05
    )
    several = words.commentary(bare, about=about)
    assert not any("parts are not stated" in line for (line,) in several.printed)
    assert several.notes[-1] == (
        f"No driver is named for {len(several.printed)} rows: the input does not state their parts."
    )
    first = words.commentary(bare.head(1), about=about).printed[0][0]
    assert first.endswith("favorable. No single driver: its parts are not stated.")


def test_an_owners_words_stand_with_day_month_and_approval(
    statement: pd.DataFrame, june: Period, about: About, rows: Rows
) -> None:
    written = rows("""
        row_key     | exhibit | text     | author | period  | approved_by | approved_on | known_on
        gross-sales | pnl     | Two deal | Ines   | 2026-05 | Omar        | 2026-06-05  | 2026-06-04
        refunds     | pnl     | One more | Ines   | 2026-06 |             |             | 2026-07-03
    """)
    told = commented(statement, june, written=written)
    shown = words.commentary(told, about=about)
    assert shown.printed[0][0].endswith(
        "“Two deal” (Ines, of May 2026, 2026-06-04; approved by Omar on 2026-06-05)"
    )
    assert shown.printed[1][0].endswith("“One more” (Ines, 2026-07-03; not yet approved)")
    assert plain(shown.message).endswith("2 have a single driver, 2 have been commented")
    alone = commented(statement, june, written=written[written["author"] == "none"])
    assert "approved" not in words.commentary(alone, about=about).text()


def test_a_comment_on_a_row_that_no_longer_matters_stands_at_the_end(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    written = pd.DataFrame(
        {"row_key": ["net-revenue", "gone"], "text": ["As expected", "Sold"], "author": "Ines"}
    ).assign(exhibit="pnl", period="2026-05", known_on="2026-06-04")
    shown = words.commentary(commented(statement, june, written=written), about=about)
    assert [plain(line) for (line,) in shown.printed[2:]] == [
        (
            "Net revenue is +25.0 kEUR (+26.3 %) against plan, favorable. Driver: Atlas +25.0 "
            "(100.0 %). “As expected” (Ines, of May 2026, 2026-06-04)"
        ),
        "gone: “Sold” (Ines, of May 2026, 2026-06-04)",
    ]


def test_a_long_comment_is_cut_where_it_is_printed(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    long = "Line one\nline two " + "x" * 400
    written = pd.DataFrame(
        {"row_key": ["gross-sales"], "text": [long], "author": "Ines", "known_on": "2026-07-03"}
    )
    shown = words.commentary(commented(statement, june, written=written), about=about)
    quote = shown.printed[0][0].split("“")[1].split("”")[0]
    assert quote.startswith("Line one line two xxx")
    assert (len(quote), quote[-1]) == (280, "…")
    assert shown.data["text"].iloc[0] == long


def test_sentences_beyond_the_page_are_counted(
    statement: pd.DataFrame, june: Period, about: About
) -> None:
    shown = words.commentary(commented(statement, june), about=about, top=1)
    assert len(shown.printed) == 1
    assert shown.notes == ("1 more in tables.xlsx, sheet To comment.",)


def test_nothing_material_is_said_in_one_line(about: About) -> None:
    nothing = measures.commentary({}, period=JUNE)
    assert words.commentary(nothing, about=about).message == (
        "No variance is material, and no comment or decision is open."
    )


AMOUNT = st.integers(-9_000_000_00, 9_000_000_00)
BOOK = st.lists(
    st.tuples(
        st.sampled_from(["actual", "plan"]),
        st.sampled_from(["Atlas", "Borea", "Corvo", "(none)"]),
        st.sampled_from(
            [("Sales", "gross"), ("Hosting", "cost_of_revenue"), ("Rent", "operating")]
        ),
        AMOUNT,
    ),
    min_size=2,
    max_size=24,
)


def _apart(book: list[tuple[str, str, tuple[str, str], int]], line: str) -> bool:
    """Say whether plan and ledger do not state the products of a line alike: it has no parts."""
    said = []
    for side in ("plan", "actual"):
        sums: dict[str, int] = {}
        for version, product, (held, _), cents in book:
            if (version, held) == (side, line):
                sums[product] = sums.get(product, 0) + cents
        mine = {product for product, cents in sums.items() if cents}
        if not mine:
            return False
        said.append((bool(mine - {"(none)"}), "(none)" in mine))
    planned, spent = said
    return planned[0] != spent[0] or (planned == (True, True) and not spent[1])


def printed(amount: Decimal, unit: Decimal, places: int, *, signed: bool) -> str:
    """Write a number as a page does, by other means than the package's own."""
    rounded = (amount / unit).quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    sign = MINUS if rounded < 0 else "+" if signed and rounded else ""
    return sign + f"{abs(rounded):,.{places}f}".replace(",", " ")


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(book=BOOK)
def test_every_number_of_every_sentence_is_its_tables(
    book: list[tuple[str, str, tuple[str, str], int]], about: About
) -> None:
    """Add up random books with decimals by hand, and find each number that is said."""
    made = [
        (version, "2026-06", product, "F", line, line, group, cents / 100)
        for version, product, (line, group), cents in book
    ]
    made += [
        (version, "2026-06", product, "F", "Sales", "Sales", "gross", 0.0)
        for version in ("actual", "plan")
        for product in ("Atlas", "Borea")
    ]
    statement = pd.DataFrame(made, columns=COLUMNS)
    told = commented(statement, JUNE)
    shown = words.commentary(told, about=about)
    if told.empty:
        return
    unit, places = {
        "EUR": (1, 0), "kEUR": (1000, 1), "mEUR": (1_000_000, 1)
    }[shown.unit]  # fmt: skip
    places = 0 if shown.unit == "kEUR" and _largest(book) >= 10_000_000 else places
    for record, sentence in zip(shown.data.to_dict("records"), shown.data["sentence"], strict=True):
        sides = _sides(book, str(record["subject"]))
        gap = sum(sides.values())
        base = sum(
            (
                Decimal(c) / 100
                for v, _, (line, _), c in book
                if (v, line) == ("plan", record["subject"])
            ),
            Decimal(0),
        )
        expected = [printed(gap, Decimal(unit), places, signed=True)]
        stated = record["subject"] == "Sales" or any(
            (v, line) == ("actual", record["subject"]) for v, _, (line, _), _ in book
        )
        if stated and base and abs(gap / base) <= Decimal("9.99"):
            expected.append(printed(gap / abs(base), Decimal("0.01"), 1, signed=True))
        covering = [p for p, size in sides.items() if size / gap >= Decimal("0.6")]
        if _apart(book, str(record["subject"])):
            covering = []
        if len(covering) == 1 and covering != ["(none)"]:
            size = sides[covering[0]]
            assert f"Driver: {covering[0]} " in sentence
            expected.append(printed(size, Decimal(unit), places, signed=True))
            if size / gap <= Decimal("9.99"):
                expected.append(printed(size / gap, Decimal("0.01"), 1, signed=False))
            if printed(gap - size, Decimal(unit), places, signed=False).strip("0."):
                expected.append(printed(gap - size, Decimal(unit), places, signed=True))
        else:
            assert "o single driver" in sentence
        assert [found.strip() for found in NUMBER.findall(plain(sentence))] == expected


def _sides(book: list[tuple[str, str, tuple[str, str], int]], subject: str) -> dict[str, Decimal]:
    sides: dict[str, Decimal] = {}
    for version, product, (line, _), cents in book:
        if line == subject:
            sign = 1 if version == "actual" else -1
            sides[product] = sides.get(product, Decimal(0)) + sign * Decimal(cents) / 100
    return sides


def _largest(book: list[tuple[str, str, tuple[str, str], int]]) -> Decimal:
    sizes: list[Decimal] = []
    for subject in ("Sales", "Hosting", "Rent"):
        sides = _sides(book, subject)
        gap = sum(sides.values(), Decimal(0))
        sizes += [abs(gap)]
        covering = [s for s in sides.values() if gap and s / gap >= Decimal("0.6")]
        sizes += [abs(covering[0]), abs(gap - covering[0])] if len(covering) == 1 else []
    return max(sizes)


def test_the_about_is_only_needed_for_names(statement: pd.DataFrame, june: Period) -> None:
    shown = words.commentary(commented(statement, june))
    assert shown.title == "commentary in thousands"
    assert replace(shown, title="").printed == shown.printed


def test_timing_and_permanent_are_told_apart(
    statement: pd.DataFrame, june: Period, about: About, rows: Rows
) -> None:
    apart = rows("""
        row_key     | role | line        | variance | accruals | shifted | permanent
        gross-sales | item | Gross sales |    30000 |    12000 |       0 |     18000
    """)
    shown = words.commentary(commented(statement, june, timing=apart), about=about)
    assert plain(shown.printed[0][0]).endswith(
        "Driver: Atlas +30.0 (100.0 %). Of it +12.0 is timing and +18.0 is permanent."
    )
