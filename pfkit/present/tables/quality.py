"""Data and controls: controls, balance, rules, quarantine and provenance."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from pfkit.measures import controls as ordered_controls
from pfkit.measures import held_back
from pfkit.present import look, setting
from pfkit.present.exhibit import Facts
from pfkit.present.tables.sheet import Col, reasons, table

if TYPE_CHECKING:
    from pfkit.contracts.about import About
    from pfkit.present.exhibit import Exhibit

_STATES = ("red", "amber", "green")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_LONGEST_VALUE = 32
_DIGEST = 12


def _exact(about: About | None) -> look.Scale:
    """Controls and balances print every cent: they exist to tie."""
    return look.Scale(1, 2, setting.currency(about))


def controls(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    top: int = 20,
    id: str = "controls",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the controls, what is wrong first; a red one stamps the report DRAFT.

    Parameters
    ----------
    result : pandas.DataFrame
        ``book.controls`` or the result of `pfkit.controls`.
    about : About, optional
        The book: company, period, sources.
    top : int
        Rows shown one by one; the rest stand together per state.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        With ``state``: the worst state of all controls.
    """
    if result.empty:
        return setting.absent(id, about, "controls", section=section)
    frame = result if "role" in result.columns else ordered_controls(result, top=top)
    frame = frame.reset_index(drop=True)
    worst = next((state for state in _STATES if bool((frame["state"] == state).any())), "green")
    say = Facts(id, frame, _exact(about))
    cols = [
        Col("control", "Control"),
        Col("source", "Source"),
        Col("state", "State", "state"),
        Col("expected", "Expected", "money"),
        Col("actual", "Actual", "money"),
        Col("difference", "Difference", "delta"),
        Col("finding", "Finding", wide=True),
    ]
    detail = frame["detail"].fillna("").astype(str)
    advice = frame["advice"].fillna("").astype(str)
    calm = (frame["state"] == "green") | (advice == "")
    frame["finding"] = detail.where(calm, detail + " → " + advice)
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}controls in {setting.currency(about)}{setting.when(about)}",
        message=_controls_message(frame, say),
        say=say,
        about=about,
        tables=(),
        notes=["Red: above materiality. Amber: below it, or a check that could not run."],
        section=section,
        state=worst,
    )


def _controls_message(frame: pd.DataFrame, say: Facts) -> str:
    counts = {state: int(frame.loc[frame["state"] == state, "count"].sum()) for state in _STATES}
    total = sum(counts.values())
    folded = bool((frame["role"] == "other").any())
    for state in ("red", "amber"):
        rows = frame[frame["state"] == state]
        if rows.empty:
            continue
        whole = bool((rows["role"] == "other").any())
        head = "Several" if whole else say.count("state", state)
        noun = "control is" if head == "1" else "controls are"
        first = rows.iloc[0]
        text = f"{head} {noun} {state}, first of them {first['control']} of {first['source']}"
        if say.has(str(first["row_key"]), "difference"):
            size = say.delta(str(first["row_key"]), "difference")
            text += f" ({size}{look.THIN}{say.scale.unit})"
        return text if state == "red" else f"No control is red; {text[0].lower()}{text[1:]}"
    if total == 1:
        return "The one control is green"
    return (
        "All controls are green"
        if folded
        else f"All {say.count('state', 'green')} controls are green"
    )


def balance(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "balance",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print rows and amount in, accepted, quarantined and excluded, per source.

    Parameters
    ----------
    result : pandas.DataFrame
        ``book.balance`` or the result of `pfkit.held_back`.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.
    """
    if result.empty:
        return setting.absent(id, about, "balance", section=section)
    frame = result if "closes" in result.columns else held_back(result)
    frame = frame.reset_index(drop=True)
    say = Facts(id, frame, _exact(about))
    cols = [Col("source", "Source", wide=True), Col("table", "Table")]
    words = {
        "in": "In",
        "accepted": "Accepted",
        "quarantined": "Quarantined",
        "excluded": "Excluded",
    }
    cols += [Col(f"rows_{name}", word, "count", group="Rows") for name, word in words.items()]
    cols += [
        Col(f"amount_{name}", word, "money", group=f"Amount, {setting.currency(about)}")
        for name, word in words.items()
    ]
    cols.append(Col("held_share", f"Held back{look.THIN}%", "rate"))
    open_rows = frame[frame["closes"] == False]  # noqa: E712 - NA is neither
    total = str(frame["row_key"].iloc[-1])
    rows_in = say.number(total, "rows_in")
    if len(open_rows):
        message = f"The balance of {open_rows['source'].iloc[0]} does not close"
    else:
        held = say.number(total, "rows_quarantined")
        out = say.number(total, "rows_excluded")
        message = f"All {rows_in} rows are accounted for: {held} quarantined, {out} excluded"
    return table(
        id,
        frame,
        cols,
        title=f"{setting.who(about)}balance of the input{setting.when(about)}",
        message=message,
        say=say,
        about=about,
        tables=(),
        notes=["In = accepted + quarantined + excluded, to the row and the cent.", reasons(frame)],
        section=section,
        state="red" if len(open_rows) else "green",
    )


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
    """
    if result.empty:
        return setting.absent(id, about, "rules", section=section)
    frame = result.reset_index(drop=True)
    say = Facts(id, frame, _exact(about))
    size = frame["amount"].astype(float).abs()
    first = frame.loc[size.idxmax()] if bool(size.notna().any()) else frame.iloc[0]
    count = say.count("action")
    noun = "rule has" if count == "1" else "rules have"
    amount = say.amount(str(first["row_key"]), "amount")
    message = (
        f"{count} {noun} set rows apart or named them; the largest is {first['target']}"
        f" with {amount}{look.THIN}{say.scale.unit}"
    )
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
        ordered=False,
        section=section,
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
        One line where nothing is held back. Long values are cut and e-mail addresses masked.
    """
    frame = _held(result, top)
    if frame.empty:
        text = "No row is quarantined."
        return setting.said(id, text, about, section=section)
    say = Facts(id, frame, _exact(about))
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
            "shown": [masked(value) for value in ranked["value"]],
            "amount": ranked["amount"],
            "advice": ranked["advice"],
        }
    )
    rest = shown.iloc[top:]
    rows = [*setting.records(shown.head(top))]
    if len(rest):
        rows.append(_sum_of(rest, f"Other ({len(rest)})", "other"))
    rows.append(_sum_of(shown, "Total", "total"))
    return pd.DataFrame(rows, columns=shown.columns)


def _sum_of(rows: pd.DataFrame, label: str, role: str) -> dict[str, object]:
    known = rows["amount"].dropna().astype(float)
    amount = round(float(known.sum()), 2) if len(known) else pd.NA
    return {"row_key": role, "role": role, "place": label, "count": len(rows), "amount": amount}


def masked(value: object) -> str:
    """Return a raw value as a report may print it: cut, and without e-mail addresses.

    Examples
    --------
    >>> masked("ask ines@example.org"), masked(None)
    ('ask [e-mail]', '')
    """
    if look.missing(value):
        return ""
    text = _EMAIL.sub("[e-mail]", str(value))
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def provenance(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "provenance",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Print the files behind the report: digest, rows, encoding and what was repaired.

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
    """
    if result.empty:
        return setting.absent(id, about, "provenance", section=section)
    frame = result.reset_index(drop=True)
    if "row_key" not in frame.columns:
        keys = frame["source"].astype(str) + "|" + frame["file"].astype(str)
        frame.insert(0, "row_key", keys)
    frame["digest"] = frame["sha256"].astype(str).str[:_DIGEST]
    say = Facts(id, frame, _exact(about))
    count = say.count("file")
    noun = "file stands" if count == "1" else "files stand"
    cols = [
        Col("file", "File", wide=True),
        Col("source", "Source"),
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
        message=f"{count} {noun} behind this report",
        say=say,
        about=about,
        tables=(),
        ordered=False,
        section=section,
    )


def _filled(values: pd.Series) -> bool:
    return bool((values.notna() & (values.astype(str) != "")).any())
