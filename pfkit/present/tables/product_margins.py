"""Products or families by contribution margin: what each earns, against plan and prior year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.present import look, sentences, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.contribution_margins import (
    SPAN_NAMES,
    span_name,
    tie_note,
    told_once,
    untied,
)
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit
    from pfkit.present.setting import Reference

MARGIN_NAMES = {
    "net_revenue": "Net revenue",
    "cm1": "CM1",
    "cm2": "CM2",
    "cm3": "CM3",
    "operating_result": "Operating result",
}
_PY_RATES = "At PY rates: net revenue at the prior year's exchange rates, against the prior year."
_KEPT = ("row_key", "label", "role", "count", "span", "reason", "of")
_STEPS = ("net_revenue", "cm1", "cm2", "cm3")


def product_margins(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "product-margins",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print products or families with net revenue, margins and how the last margin stands.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.product_margins`, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per product or family, others together, what is on no product, and the total;
        columns of later spans end in ``_quarter``, ``_ytd``, ``_ltm`` and ``_year``. One line
        where the book has no statement.
    """
    spans = readable(result)
    if not spans:
        return setting.absent(
            id, about, "statement", section=section, otherwise=setting.NO_STATEMENT
        )
    if (why := without(result)) != "":
        return setting.said(id, why, about, section=section)
    frame = beside(result, spans)
    by, of = str(result.columns[1]), str(result["of"].dropna().iloc[0])
    used = setting.references(frame)
    scale = look.money_scale(
        frame[["net_revenue", *(f"actual_{span}" for span in spans[1:] if span != "year")]]
        .to_numpy(dtype=float)
        .ravel(),
        setting.currency(about),
    )
    say = Facts(id, frame, scale)
    off = untied(result)
    return table(
        id,
        frame,
        [
            Col("label", f"{setting.capital(by)}, {scale.unit}", wide=True),
            *_cols(frame, of, spans, used),
        ],
        title=(
            f"{setting.who(about)}{noun_of(by)} by contribution margin in {scale.unit}"
            f"{setting.when(about)}: {', '.join(['AC', *(r.short for r in used)])}"
        ),
        message=message_of(frame, used, say, of),
        say=say,
        about=about,
        tables=("actuals", "invoices", "budget"),
        notes=(
            *notes_of(result, frame, used, of, about),
            _PY_RATES if bool(frame["constant_growth_rate"].notna().any()) else "",
            setting.lengths(about, to_date=True),
        ),
        ordered=False,
        section=section,
        state="red" if off else "",
    )


def readable(result: pd.DataFrame) -> list[str]:
    """Return the spans in which anything was booked; none where there is no revenue at all."""
    rows = result[result["role"] != "tie"]
    if bool((rows["net_revenue"].fillna(0) == 0).all()):
        return []  # cost alone is no profit and loss; budget lines tell it
    return told_once(rows[rows["actual"].notna() | rows["outlook"].notna()])


def without(result: pd.DataFrame) -> str:
    """Say so where nothing is booked on any product; empty where something is."""
    if bool(result["role"].isin(["item", "other"]).any()):
        return ""
    by = str(result.columns[1])
    return f"No {noun_of(by)} to set side by side: this book names none in its ledger."


def noun_of(by: str) -> str:
    """Return what the rows are, in the plural."""
    return {"product": "products", "family": "product families"}.get(by, f"{by}s")


def beside(result: pd.DataFrame, spans: list[str]) -> pd.DataFrame:
    """Put the spans side by side: one row per product; what is on no product where it counts."""
    rows = result[result["role"] != "tie"]
    rows = rows.assign(row_key=rows["row_key"].str.rpartition("|")[0])
    first, *rest = spans
    wide = rows[rows["span"] == first].reset_index(drop=True)
    by = str(result.columns[1])
    keep = [name for name in wide.columns if name not in {*_KEPT, by}]
    extra = {}
    for span in rest:
        part = rows[rows["span"] == span].set_index("row_key")
        for name in keep:
            extra[f"{name}_{span}"] = part[name].reindex(wide["row_key"]).array
    wide = pd.concat([wide, pd.DataFrame(extra, index=wide.index)], axis=1)
    steps = [f"{step}{tail}" for step in _STEPS for tail in ("", *(f"_{s}" for s in rest))]
    bare = (wide[steps].fillna(0) == 0).all(axis=1) & (wide["role"] == "none")
    wide["label"] = wide["label"].mask(wide["role"] == "none", "on no product")
    return wide[~bare].reset_index(drop=True)


def _cols(frame: pd.DataFrame, of: str, spans: list[str], used: list[Reference]) -> list[Col]:
    period = span_name(frame, spans[0])
    group = f"{period}: net revenue"
    cols = [Col("net_revenue", "AC", "money", swatch="actual", spoken="net revenue", group=group)]
    if of == "net_revenue":
        cols.append(Col("returns_rate", f"Returns{look.THIN}%", "rate", group=group))
    else:
        cols += _rates(frame, used, group)
    if bool(frame["constant_growth_rate"].notna().any()):
        words = "net revenue against prior year at its exchange rates, in percent"
        cols.append(
            Col(
                "constant_growth_rate", f"at PY rates{look.THIN}%", "points",
                spoken=words, group=group,
            )
        )  # fmt: skip
    group = f"{period}: margins" if of != "net_revenue" else group
    for step in steps_of(frame, of)[1:]:
        if step != "operating_result" and bool(frame[step].notna().any()):
            swatch = {"swatch": "actual"} if step == of else {}
            cols.append(Col(step, MARGIN_NAMES[step], "money", group=group, **swatch))  # type: ignore[arg-type]
    if f"{of}_share" in frame.columns:
        cols.append(Col(f"{of}_share", f"{MARGIN_NAMES[of]}{look.THIN}%", "rate", group=group))
    cols += _variances(used, group)
    for span in spans[1:]:
        if span in {"ytd", "ltm"}:
            cols += _later(frame, of, span, used)
    return cols


def steps_of(frame: pd.DataFrame, of: str) -> list[str]:
    """Return net revenue and the margins up to the last; one that takes nothing off stays out."""
    names = list(MARGIN_NAMES)
    kept = ["net_revenue"]
    for name in names[1 : names.index(of) + 1]:
        same = (frame[name] == frame[kept[-1]]).fillna(value=True).all()
        if name == of and same and len(kept) > 1:
            kept[-1] = of
        elif not same or name == of:
            kept.append(name)
    return kept


def _rates(frame: pd.DataFrame, used: list[Reference], group: str) -> list[Col]:
    """Return how net revenue stands against plan and prior year, in percent."""
    return [
        Col(
            f"net_{r.prefix}_variance_rate",
            f"{r.delta}{look.THIN}%",
            "points",
            spoken=f"net revenue against {r.words} in percent",
            group=group,
        )
        for r in used
        if bool(frame[f"net_{r.prefix}_variance_rate"].notna().any())
    ]


def _variances(used: list[Reference], group: str) -> list[Col]:
    cols = []
    for r in used:
        if r == used[0]:
            words = f"variance to {r.words}"
            cols.append(
                Col(r.variance, r.delta, "delta", good=r.favorable, spoken=words, group=group)
            )
        words = f"variance to {r.words} in percent"
        label = f"{r.delta}{look.THIN}%"
        cols.append(Col(r.variance_rate, label, "points", spoken=words, group=group))
    return cols


def _later(frame: pd.DataFrame, of: str, span: str, used: list[Reference]) -> list[Col]:
    """Return a later span's margin, and how it stands: to date against plan, else its share."""
    group = f"{MARGIN_NAMES[of]}, {SPAN_NAMES[span].lower()}"
    cols = [Col(f"actual_{span}", "AC", "money", swatch="actual", spoken="actual", group=group)]
    there = [r for r in used if bool(frame[f"{r.variance_rate}_{span}"].notna().any())]
    wanted = there[:1] if span == "ytd" else there[-1:]
    for r in wanted:
        name, label = f"{r.variance_rate}_{span}", f"{r.delta}{look.THIN}%"
        words = f"variance to {r.words} in percent"
        cols.append(Col(name, label, "points", spoken=words, group=group))
    return cols


def message_of(frame: pd.DataFrame, used: list[Reference], say: Facts, of: str) -> str:
    """Say who earns most, who moved it, and what is left after shared cost."""
    name = MARGIN_NAMES[of] if of != "net_revenue" else "net revenue"
    sold = frame[(frame["role"] == "item") & (frame["net_revenue"].fillna(0) != 0)]
    items = sold[sold["actual"].notna()]
    if len(items) < len(sold) and bool(sold["net_revenue"].notna().any()):
        return _sells(sold, items, used, say, name)
    if items.empty:
        return f"No row has {name}"
    top = items.iloc[int(items["actual"].astype(float).argmax())]
    key = str(top["row_key"])
    if len(items) == 1 and not bool((frame["role"] == "other").any()):
        return sentences.standing(say, key, f"{name} of {top['label']}", used)
    whole = frame.loc[frame["role"] == "total", "actual"].astype(float).sum()
    of_all = f" of {say.amount('total', 'actual')}" if 0 < float(top["actual"]) <= whole else ""
    text = f"{top['label']} earns {say.amount(key, 'actual')}{of_all}{look.THIN}{say.scale.unit}"
    text += f" {name}" if of_all else f" {name}, most of all"
    moved = _movers(items, used[0], say) if used else []
    text += f"; {sentences.joined(moved)}" if moved else ""
    if of == "cm3" and say.has("total", "shared_cost") and say.value("total", "shared_cost"):
        shared = say.amount("total", "shared_cost", magnitude=True)
        left = say.amount("total", "operating_result")
        text += f"; {name} carries {shared} of shared cost, which leaves a result of {left}"
    return text


def _sells(
    sold: pd.DataFrame, known: pd.DataFrame, used: list[Reference], say: Facts, name: str
) -> str:
    """Say who sells most where a margin is not known of every row, and of which it is."""
    unit = f"{look.THIN}{say.scale.unit}"
    top = sold.iloc[int(sold["net_revenue"].astype(float).fillna(0).argmax())]
    key = str(top["row_key"])
    text = f"{top['label']} brings {say.amount(key, 'net_revenue')}{unit} of net revenue"
    rate = f"net_{used[0].prefix}_variance_rate" if used else ""
    if rate and say.tells(key, rate):
        text += f", {say.rate(key, rate, signed=True)} against {used[0].words}"
    if known.empty:
        return f"{text}; no row has cost of its own, so none has {name}"
    best = known.iloc[int(known["actual"].astype(float).argmax())]
    earned = say.amount(str(best["row_key"]), "actual")
    if len(known) == 1:
        return f"{text}; only {best['label']} has cost of its own: {earned}{unit} {name}"
    text += f"; where cost is booked, {best['label']} earns most, {earned}{unit} {name}"
    return text


def _movers(items: pd.DataFrame, reference: Reference, say: Facts) -> list[str]:
    """Say which row gains and which loses most against the first reference."""
    known = items[items[reference.variance].notna()]
    known = known[[not say.scale.zero(gap) for gap in known[reference.variance]]]
    if known.empty:
        return []
    gaps = known[reference.variance].astype(float)
    best, worst = known.iloc[int(gaps.argmax())], known.iloc[int(gaps.argmin())]
    parts: list[str] = []
    for row, moves, there in ((worst, "loses", gaps.min() < 0), (best, "gains", gaps.max() > 0)):
        if there:
            size = say.delta(str(row["row_key"]), reference.variance)
            tail = "" if parts else f" against {reference.words}"
            parts.append(f"{row['label']} {moves} most{tail} ({size})")
    return parts


def notes_of(
    result: pd.DataFrame,
    frame: pd.DataFrame,
    used: list[Reference],
    of: str,
    about: About | None,
) -> tuple[str, ...]:
    """Explain abbreviations, margins and what does not tie."""
    first = setting.legend(used)
    if of != "net_revenue":
        first += (
            " CM contribution margin: CM1 is net revenue less direct cost of sales, CM2 less direct"
            " selling, fulfillment and support, CM3 less fixed cost of the product."
        )
    return (first, tie_note(result, setting.currency(about)), reasons(frame))
