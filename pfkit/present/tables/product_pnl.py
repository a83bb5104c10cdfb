"""Products side by side: what each sold, returned and earned, and how it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, sentences, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit
    from pfkit.present.setting import Reference


_NO_FAMILY = (
    "No table of product families: every product is its own. A source of table products, or a map "
    "named family, groups them."
)
SHARED = "shared, not allocated"


def product_pnl(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "product-pnl",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print products or families with gross, returns, net and variances of net revenue.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.product_pnl`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per product or family, then the others together and the total; one line where the
        book has no statement.
    """
    if result.empty:
        families = "family" in result.columns
        otherwise = _NO_FAMILY if families else setting.NO_STATEMENT
        return setting.absent(id, about, "statement", section=section, otherwise=otherwise)
    frame = result.reset_index(drop=True)
    by = str(frame.columns[1])
    name = "label" if "label" in frame.columns else by
    used = setting.references(frame)
    scale = look.money_scale(
        frame[["gross", "net", "net_ytd"]].to_numpy().ravel(), setting.currency(about)
    )
    frame = _shared(frame, name)
    say = Facts(id, frame, scale)
    names = ", ".join(["AC", *(reference.short for reference in used)])
    noun = "products" if by == "product" else "product families" if by == "family" else f"{by}s"
    return table(
        id,
        frame,
        _cols(frame, by, name, used, scale),
        title=(
            f"{setting.who(about)}{noun} in {scale.unit}{setting.when(about)}:"
            f" {names}; variances of net revenue"
        ),
        message=_message(frame, by, name, used, say),
        say=say,
        about=about,
        tables=("actuals", "invoices", "budget"),
        notes=[setting.legend(used), setting.lengths(about), reasons(frame)],
        ordered=False,
        section=section,
    )


def _shared(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Name the row without a product that carries cost alone for what it is."""
    bare = (frame[name] == "(none)") & (frame["gross"] == 0) & (frame["net"] == 0)
    cost = bare & frame["contribution"].notna()
    return frame.assign(**{name: frame[name].mask(cost, SHARED)})


def _cols(
    frame: pd.DataFrame, by: str, name: str, used: list[Reference], scale: look.Scale
) -> list[Col]:
    cols = [
        Col(name, f"{setting.capital(by)}, {scale.unit}", wide=True),
        Col("gross", "Gross", "money"),
        Col("returns", "Returns", "money"),
        Col("returns_rate", f"Returns{look.THIN}%", "rate"),
    ]
    if any(scale.amount(value).strip("0.") for value in frame["other"].dropna()):
        cols.append(Col("other", "Other", "money"))
    cols.append(Col("net", "Net AC", "money", swatch="actual", spoken="net revenue, actual"))
    for r in used:
        cols += [
            Col(
                r.variance,
                r.delta,
                "delta",
                good=r.favorable,
                spoken=f"variance to {r.words}",
            ),
            Col(r.variance_rate, f"{r.delta}{look.THIN}%", "points"),
        ]
    if bool(frame["contribution"].notna().any()):
        cols.append(Col("contribution", "Contribution", "money"))
    cols.append(Col("net_ytd", "Net, year to date", "money"))
    return cols


def _message(frame: pd.DataFrame, by: str, name: str, used: list[Reference], say: Facts) -> str:
    items = frame[frame["role"] == "item"]
    if items.empty:
        return f"No {by} has net revenue"
    first = items.iloc[0]
    total = str(frame.loc[frame["role"] == "total", "row_key"].iloc[0])
    text = (
        f"{first[name]} brings {say.amount(str(first['row_key']), 'net')} of "
        f"{say.amount(total, 'net')}{look.THIN}{say.scale.unit} net revenue"
    )
    if say.has(str(first["row_key"]), "net_share"):
        text += f" ({say.rate(str(first['row_key']), 'net_share')})"
    moved = _movers(items, used[0], say, name) if used else []
    moved = [phrase.replace(f"{first[name]} gains", "it gains") for phrase in moved]
    return f"{text}; {sentences.joined(moved)}" if moved else text


def _movers(items: pd.DataFrame, reference: Reference, say: Facts, name: str) -> list[str]:
    """Say which product gains and which loses most against the first reference."""
    known = items[items[reference.variance].notna()]
    known = known[[not say.scale.zero(gap) for gap in known[reference.variance]]]
    if known.empty:
        return []
    gaps = known[reference.variance].astype(float)
    phrases = []
    best, worst = known.iloc[int(gaps.argmax())], known.iloc[int(gaps.argmin())]
    if float(gaps.max()) > 0:
        size = say.delta(str(best["row_key"]), reference.variance)
        phrases.append(f"{best[name]} gains most against {reference.words} ({size})")
    if float(gaps.min()) < 0:
        size = say.delta(str(worst["row_key"]), reference.variance)
        tail = "" if phrases else f" against {reference.words}"
        phrases.append(f"{worst[name]} loses most{tail} ({size})")
    return phrases
