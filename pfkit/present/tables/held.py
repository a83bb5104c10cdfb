"""What the rules set apart: row rules, quarantined rows and the files behind it all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.contracts import contract, tables
from pfkit.contracts.personal import mask
from pfkit.present import look, sentences, setting
from pfkit.present.facts import Facts
from pfkit.present.tables.quality import exact
from pfkit.present.tables.sheet import Col, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_LONGEST_VALUE = 32
_DIGEST = 12
_MOST_FILES = 24
_NO_RULE = "accept"
_OF_WHICH = "map"
_IN = "in"
_DOES = {
    "classify": ("classifies rows", "classify rows"),
    "correct": ("corrects rows by decision", "correct rows by decision"),
    "allow": ("lets rows pass by decision", "let rows pass by decision"),
    "exclude": ("leaves rows out", "leave rows out"),
    "map": ("maps values", "map values"),
    "quarantine": ("holds rows back", "hold rows back"),
}


def rules(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "rules",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print every row rule that took effect, with its reason, rows and amount.

    Parameters
    ----------
    result : pandas.DataFrame
        ``book.rules``: one row per source and rule, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per source and rule with count and amount; in the data also what no rule names and
        the source's amount in, and which of its rows a map sent to a named line.
    """
    if result.empty:
        return setting.absent(id, about, "rules", section=section)
    frame = _with_amount_in(result)
    say = Facts(id, frame, exact(about))
    message = _rules_message(frame, say)
    cols = [
        Col("source", "Source"),
        Col("action", "Action"),
        Col("target", "Line"),
        Col("because", "Because", wide=True),
        Col("rows", "Rows", "count"),
        Col("amount", f"Amount, {setting.currency(about)}", "money"),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}classified, excluded and mapped rows{setting.when(about)}",
        message=message,
        say=say,
        about=about,
        tables=(),
        notes=["The balance has each source's amount in, before any cleaning."],
        ordered=False,
        section=section,
        kept=_named(frame),
        left="rows of what no rule names, and of sums",
    )


def _named(frame: pd.DataFrame) -> list[bool] | None:
    """Return which rows are of a rule; None where none is."""
    ruled = ~frame["action"].isin([_NO_RULE, _IN])
    return ruled.tolist() if bool(ruled.any()) else None


def _with_amount_in(result: pd.DataFrame) -> pd.DataFrame:
    """Close each source that rules split with what came in; "of which" rows follow it."""
    rows: list[dict[str, object]] = []
    for source, mine in result.groupby("source", sort=False):
        parts = mine[mine["action"] != _OF_WHICH]
        rows += setting.records(parts.assign(role="item"))
        if len(parts) > 1:
            rows.append(
                {
                    "row_key": f"{source}|in",
                    "source": source,
                    "action": _IN,
                    "target": "amount in",
                    "because": "",
                    "rows": int(parts["rows"].sum()),
                    "amount": _added(parts["amount"]),
                    "role": "subtotal",
                }
            )
        rows += setting.records(mine[mine["action"] == _OF_WHICH].assign(role="item"))
    return pd.DataFrame(rows, columns=[*result.columns, "role"])


def _added(amounts: pd.Series) -> object:
    known = amounts.dropna().astype(float)
    return round(float(known.sum()), 2) if len(known) else pd.NA


def _rules_message(frame: pd.DataFrame, say: Facts) -> str:
    """Count the rules by what they do, and name the largest; what no rule names is no rule."""
    named = frame[~frame["action"].isin([_NO_RULE, _IN])]
    parts: list[str] = []
    for action in dict.fromkeys(map(str, named["action"])):
        count = say.count("action", action)
        one, many = _DOES.get(action, (f"asks to {action}", f"ask to {action}"))
        noun = "" if parts else (" rule" if count == "1" else " rules")
        parts.append(f"{count}{noun} {one if count == '1' else many}")
    if not parts:
        return "No rule has set a row apart"
    if not bool(named["amount"].notna().any()):
        first = named.iloc[int(named["rows"].astype(float).argmax())]
        rows = say.number(str(first["row_key"]), "rows")
        return f"{sentences.joined(parts)}; the largest is {first['target']} with {rows} rows"
    first = named.iloc[int(named["amount"].astype(float).abs().fillna(0).argmax())]
    amount = say.amount(str(first["row_key"]), "amount")
    return (
        f"{sentences.joined(parts)}; the largest is {first['target']}"
        f" with {amount}{look.THIN}{say.scale.unit}"
    )


def quarantine(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 20,
    id: str = "quarantine",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the rows held back, with file, line, rule and what to do.

    Parameters
    ----------
    result : pandas.DataFrame
        ``book.quarantine``: one row per finding, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    top : int
        Rows shown; the rest stand together as ``Other (n)``.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One line where nothing is held back. Long values are cut; personal data, secrets and what a
        contract restricts are masked.
    """
    frame = _held(result, top)
    if frame.empty:
        text = "No row is quarantined."
        return setting.said(id, text, about, section=section)
    say = Facts(id, frame, exact(about))
    total = str(frame["row_key"].iloc[-1])
    count = say.number(total, "count")
    noun = "row is" if count == "1" else "rows are"
    message = f"{count} {noun} quarantined"
    if say.has(total, "amount"):
        message += f" with {say.amount(total, 'amount')}{look.THIN}{say.scale.unit}"
    cols = [
        Col("place", "File and line"),
        Col("rule", "Rule"),
        Col("column", "Column"),
        Col("shown", "Value", "code"),
        Col("amount", f"Amount, {setting.currency(about)}", "money"),
        Col("advice", "What to do", wide=True),
    ]
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}rows held back{setting.when(about)}",
        message=message,
        say=say,
        about=about,
        tables=(),
        ordered=False,
        section=section,
    )


def _held(result: pd.DataFrame, top: int) -> pd.DataFrame:
    """Return the largest rows held back, the others as one row, and the total."""
    if result.empty:
        return result
    frame = result.reset_index(drop=True)
    size = frame["amount"].astype(float).abs().fillna(0)
    ranked = frame.reindex(size.sort_values(ascending=False, kind="stable").index)
    place = ranked["file"].astype(str) + ":" + ranked["line"].astype(str)
    keys = place + "|" + ranked["column"].fillna("").astype(str)
    again = keys.groupby(keys).cumcount()
    shown = pd.DataFrame(
        {
            "row_key": keys.where(again == 0, keys + "|" + (again + 1).astype(str)),
            "role": "item",
            "count": 1,
            "place": place,
            "source": ranked["source"],
            "table": ranked["table"],
            "rule": ranked["rule"],
            "column": ranked["column"],
            "shown": [
                masked(value, table=str(fed), column="" if look.missing(column) else str(column))
                for value, fed, column in zip(
                    ranked["value"], ranked["table"], ranked["column"], strict=True
                )
            ],
            "amount": ranked["amount"],
            "advice": ranked["advice"],
        }
    )
    rest = shown.iloc[top:]
    rows = [*setting.records(shown.head(top))]
    if len(rest):
        rows.append(_sum_of(rest, f"Other ({len(rest)})", "other"))
    rows.append(_sum_of(shown, "Total, signs aside", "total"))
    return pd.DataFrame(rows, columns=shown.columns)


def _sum_of(rows: pd.DataFrame, label: str, role: str) -> dict[str, object]:
    known = rows["amount"].dropna().astype(float).abs()
    amount = round(float(known.sum()), 2) if len(known) else pd.NA
    return {"row_key": role, "role": role, "place": label, "count": len(rows), "amount": amount}


def masked(value: object, *, table: str = "", column: str = "") -> str:
    """Return a raw value as a report may print it: cut, and without what no report shows.

    Parameters
    ----------
    value : object
        As it stands in the file.
    table, column : str
        Where it was to go; a column whose contract is restricted (who buys, a memo) prints no
        value, nor does a row that could not be read and has such a column.

    Examples
    --------
    >>> masked("ask ines@example.org"), masked(None)
    ('ask [e-mail]', '')
    >>> masked("15643", table="invoices", column="customer")
    '[restricted]'
    """
    if look.missing(value) or value == "":
        return ""
    if _restricted(table, column):
        return "[restricted]"
    text = mask(str(value))
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _restricted(table: str, column: str) -> bool:
    if table not in tables():
        return False
    kept = {held.name for held in contract(table).columns if held.restricted}
    return bool(kept & set(column.split(", ")) if column else kept)


def provenance(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "provenance",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the files behind the report, or where they are many the sources, and their repairs.

    Parameters
    ----------
    result : pandas.DataFrame
        ``book.provenance``: one row per file.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        One row per file with its digest; where there are many, one per source and their total. Its
        empty columns are left out.
    """
    if result.empty:
        return setting.absent(id, about, "provenance", section=section)
    frame = result.reset_index(drop=True)
    many = len(frame) > _MOST_FILES
    if many:
        frame = _by_source(frame)
    else:
        if "row_key" not in frame.columns:
            keys = frame["source"].astype(str) + "|" + frame["file"].astype(str)
            frame.insert(0, "row_key", keys)
        frame["digest"] = frame["sha256"].astype(str).str[:_DIGEST]
    say = Facts(id, frame, exact(about))
    if many:
        count, sources = say.number("total", "files"), say.count("source")
        noun = "source stands" if sources == "1" else "sources stand"
        message = f"{count} files of {sources} {noun} behind this report"
    else:
        count = say.count("file")
        noun = "file stands" if count == "1" else "files stand"
        message = f"{count} {noun} behind this report"
    cols = [
        Col("file", "File", wide=True),
        Col("source", "Source", wide=many),
        Col("files", "Files", "count"),
        Col("rows", "Rows", "count"),
        Col("encoding", "Encoding"),
        Col("known_on_first", "Known from", "date"),
        Col("known_on_last", "to", "date"),
        Col("digest", "SHA-256", "code"),
        Col("notes", "Repairs"),
    ]
    shown = [col for col in cols if col.name in frame.columns and _filled(frame[col.name])]
    return table(
        id,
        frame,
        shown,
        title=f"{setting.who(about)}files read, as known on {setting.as_of(about)}",
        message=message,
        say=say,
        about=about,
        tables=(),
        notes=["The manifest lists every file with its digest."] if many else (),
        ordered=False,
        section=section,
        kept=_repaired(frame) if many else None,
        left="sources read without repair",
    )


def _by_source(files: pd.DataFrame) -> pd.DataFrame:
    """Return one row per source and a total; the manifest lists every file."""
    rows: list[dict[str, object]] = []
    for name, mine in files.groupby("source", sort=False):
        first, last = mine["known_on_first"].dropna(), mine["known_on_last"].dropna()
        rows.append(
            {
                "row_key": str(name),
                "role": "item",
                "source": str(name),
                "files": len(mine),
                "rows": int(mine["rows"].sum()),
                "encoding": ", ".join(sorted({str(e) for e in mine["encoding"].dropna() if e})),
                "known_on_first": first.min() if len(first) else pd.NA,
                "known_on_last": last.max() if len(last) else pd.NA,
                "notes": "; ".join(sorted({str(n) for n in mine["notes"].dropna() if n})),
            }
        )
    total = {"row_key": "total", "role": "total", "source": "Total", "files": len(files)}
    rows.append(total | {"rows": int(files["rows"].sum())})
    return pd.DataFrame(rows)


def _repaired(frame: pd.DataFrame) -> list[bool] | None:
    """Return which sources had repairs, and the total; None where none had."""
    repaired = frame["notes"].fillna("") != ""
    total = frame["role"] == "total"
    return (repaired | total).tolist() if bool(repaired.any()) else None


def _filled(values: pd.Series) -> bool:
    return bool((values.notna() & (values.astype(str) != "")).any())
