"""What a cloud bill is checked for: its tags, its spelling, its effective cost, and the ledger."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pfkit.conform.cloud import unreadable_tags, whole_units_sql
from pfkit.conform.cloud_ledger import cloud_ledger, settings
from pfkit.conform.engine import quoted
from pfkit.conform.evidence import ControlResult, Evidence, State, counted, grouped, judged
from pfkit.money import cents

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from pfkit.conform.declaration import BookedOn
    from pfkit.conform.pipeline import LoadedSource

_NONE = "(none)"
_SHOWN = 3
_THIN = "\N{THIN SPACE}"


def cloud_controls(evidence: Evidence) -> list[ControlResult]:
    """Return what a cloud bill shows of itself, and whether it ties to the ledger.

    Parameters
    ----------
    evidence : Evidence
        The conformed book and the period.
    """
    conformed = evidence.conformed
    if not conformed.has("cloud"):
        return []
    found = _tags(evidence)
    for held in conformed.sources:
        if held.present and held.declared.table == "cloud":
            found += _spelling(held, evidence)
    return [*found, *_whole_units(evidence), *_ledger(evidence)]


def _tags(evidence: Evidence) -> list[ControlResult]:
    rows, amount, file, line = unreadable_tags(evidence.conformed, evidence.months_sql("cloud"))
    if not rows:
        return []
    return [
        judged(
            evidence,
            "Cloud tags",
            "cloud",
            "amber",
            f"{counted(rows)} with tags that are no JSON object, kept as untagged; the first: "
            f"{file} line {line}",
            actual=cents(Decimal(str(amount))),
            advice='Export tags as a JSON object, such as {"application": "Atlas"}.',
        )
    ]


def _spelling(held: LoadedSource, evidence: Evidence) -> list[ControlResult]:
    """Return which values of closed lists were written otherwise than the standard writes them."""
    source, engine = held.declared, evidence.conformed.engine
    told: list[str] = []
    rows = 0
    for column in source.promise.columns:
        mapping = source.columns.get(column.name)
        if not column.respelled or mapping is None or mapping.column is None:
            continue
        own, agreed = quoted(mapping.column), quoted(column.name)
        for said, read, count in engine.rows(
            f"SELECT trim(t.{own}), r.{agreed}, count(*) FROM {quoted(held.rows_table)} r "
            f"JOIN {quoted(f'typed_{source.name}')} t ON t._id = r._of "
            f"WHERE trim(t.{own}) <> r.{agreed} AND r._status = 'accepted' "
            f"AND r._period IN ({evidence.months_sql('cloud')}) GROUP BY 1, 2 ORDER BY 3 DESC, 1"
        ):
            told.append(f"{column.source} {said!r} read as {read!r} ({counted(count)})")
            rows += count
    if not told:
        return []
    more = f" and {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    detail = "; ".join(told[:_SHOWN]) + more
    return [judged(evidence, "Cloud spelling", source.name, "green", detail)]


def _whole_units(evidence: Evidence) -> list[ControlResult]:
    months = evidence.months_sql("cloud")
    rows = evidence.conformed.engine.rows(
        f"{whole_units_sql(f'(FROM final_cloud WHERE period IN ({months}))')} ORDER BY 1, 2"
    )
    if not rows:
        return []
    lines = sum(int(row[2]) for row in rows)
    amount = sum((Decimal(row[4]) for row in rows), Decimal(0))
    names = " and ".join(dict.fromkeys(str(row[0]) for row in rows))
    verb = "states" if len({row[0] for row in rows}) == 1 else "state"
    return [
        judged(
            evidence,
            "Cloud effective cost",
            "cloud",
            "amber",
            f"{names} {verb} effective cost rounded to whole units: {counted(lines)} without a "
            f"commitment, {_signed(cents(amount))} against billed",
            actual=cents(amount),
            advice="Read billed cost for these providers, and ask for an export with decimals.",
        )
    ]


def _ledger(evidence: Evidence) -> list[ControlResult]:
    conformed = evidence.conformed
    if not conformed.has("actuals"):
        return []
    named = settings(conformed)
    if not named:
        return [
            judged(
                evidence,
                "Cloud bill ties to ledger",
                "cloud",
                "amber",
                "not compared: the book does not say on which accounts the bill is booked",
                advice='Add `ledger = { accounts = ["..."] }` to the source of the bill.',
            )
        ]
    found = cloud_ledger(conformed, evidence.period.months)
    return [
        _tied(name, how, found[found["source"] == name], evidence)
        for name, (how, _) in named.items()
    ]


def _tied(name: str, how: BookedOn, rows: pd.DataFrame, evidence: Evidence) -> ControlResult:
    missing = sorted(set(rows.loc[rows["due"].isna(), "due_period"]))
    if missing or rows.empty:
        wanted = ", ".join(missing) or evidence.period.label
        return judged(
            evidence,
            "Cloud bill ties to ledger",
            name,
            "amber",
            f"not compared: no bill of {wanted}, which the ledger books in {evidence.period.label}",
            advice="Add the export of that month.",
        )
    allowed = Decimal(str(how.tolerance))
    gaps = {
        str(product): cents(sum(_exact(part["booked"]), Decimal(0)))
        - cents(sum(_exact(part["due"]), Decimal(0)))
        for product, part in rows.groupby("product")
    }
    untagged = -gaps.get(_NONE, Decimal(0))
    total = sum(gaps.values(), Decimal(0))
    apart = {
        product: gap
        for product, gap in gaps.items()
        if abs(gap) > allowed and (product != _NONE or untagged < 0)
    }
    # what no tag gives a product stands on products in the ledger: more there, never less
    explained = abs(total) <= allowed and all(gap > 0 for gap in apart.values()) and untagged >= 0
    beyond = abs(total) if explained else sum((abs(gap) for gap in apart.values()), Decimal(0))
    state: State = "green"
    if not explained and apart:
        state = "red" if beyond > evidence.materiality else "amber"
    return judged(
        evidence,
        "Cloud bill ties to ledger",
        name,
        state,
        _detail(how, rows, apart, untagged if explained else Decimal(0)),
        expected=cents(sum(_exact(rows["due"]), Decimal(0))),
        actual=cents(sum(_exact(rows["booked"]), Decimal(0))),
        advice="" if state == "green" else "See the table of the cloud bill and the ledger.",
    )


def _detail(how: BookedOn, rows: pd.DataFrame, apart: dict[str, Decimal], untagged: Decimal) -> str:
    months = sorted(set(rows["due_period"]))
    bills = f"{how.cost} cost of {' to '.join(dict.fromkeys((months[0], months[-1])))}"
    where = f"accounts {', '.join(how.accounts)}"
    if untagged or not apart:
        text = f"{bills} equals what {where} book of it"
        if untagged:
            return f"{text}; {_plain(untagged)} has no tag, and stands on products in the ledger"
        return f"{text}, by product"
    largest = sorted(apart.items(), key=lambda one: (-abs(one[1]), one[0]))
    named = ", ".join(f"{product} {_signed(gap)}" for product, gap in largest[:_SHOWN])
    more = f" and {grouped(len(apart) - _SHOWN)} more" if len(apart) > _SHOWN else ""
    return f"{where} differ from {bills} by product: {named}{more}"


def _exact(amounts: pd.Series | Sequence[float]) -> list[Decimal]:
    return [Decimal(repr(float(amount))) for amount in amounts]


def _plain(amount: Decimal) -> str:
    return f"{amount:,.2f}".replace(",", _THIN)


def _signed(amount: Decimal) -> str:
    return f"{'+' if amount > 0 else chr(0x2212)}{_plain(abs(amount))}"
