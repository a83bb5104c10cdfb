"""The rows held back as files: Parquet to work with, a page to read, a workbook to filter."""

from __future__ import annotations

import base64
import hashlib
import io
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jinja2
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from markupsafe import Markup

from pfkit.errors import ReportError
from pfkit.publish.folder import write_whole
from pfkit.publish.fonts import font_faces
from pfkit.publish.places import exhibit_style, templates
from pfkit.publish.tables import to_xlsx

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

#: The files, in the order they are named.
FILES = ("quarantine.parquet", "quarantine.html", "quarantine.xlsx")

_TEXTS = (
    *("id", "table", "source", "period", "file", "line"),
    *("rule", "column", "value", "advice", "may"),
)
_CENTS = Decimal("0.01")
_MONEY = pa.decimal128(28, 2)
_LABELS = {
    "rule": "Rule",
    "amount": "Amount",
    "file": "File",
    "line": "Line",
    "column": "Column",
    "value": "Value",
    "advice": "What to do",
    "may": "May",
    "table": "Table",
    "source": "Source",
    "period": "Period",
    "id": "Id",
}


def write_quarantine(
    rows: pd.DataFrame,
    *,
    raw: Sequence[str],
    about: Any,  # noqa: ANN401 - publish may not import contracts
    to: Path,
) -> list[Path]:
    """Write the rows held back, the three files together or not at all.

    Parameters
    ----------
    rows : pandas.DataFrame
        As the list of a book holds them; ``amount`` in reporting currency.
    raw : sequence of str
        In the same order: the rows as their files have them, as JSON.
    about : About
        The book.
    to : pathlib.Path
        A new or empty folder, or one that holds an earlier list and nothing else.

    Returns
    -------
    list of pathlib.Path
        The files.

    Raises
    ------
    ReportError
        If the folder holds something else, or cannot be written.
    """
    target = to.expanduser().absolute()
    if target.is_symlink() or (target.exists() and not target.is_dir()):
        raise ReportError("is no folder", where=str(target), advice="Name a new folder with --to.")
    others = sorted({p.name for p in target.iterdir()} - set(FILES)) if target.exists() else []
    if others:
        raise ReportError(
            f"the folder holds {others[0]!r} too",
            where=str(target),
            advice="Name a new folder with --to: the list replaces what is in it as a whole.",
        )
    size = pd.to_numeric(rows["amount"]).astype("float64").abs()
    order = size.reset_index(drop=True).sort_values(ascending=False, kind="stable").index
    ranked = rows.iloc[list(order)]
    files = dict(
        zip(
            FILES,
            (
                parquet(ranked, [raw[int(place)] for place in order]),
                page(ranked, about=about).encode("utf-8"),
                workbook(ranked, about=about),
            ),
            strict=True,
        )
    )
    write_whole(target, files, root=target.parent)
    return [target / name for name in FILES]


def parquet(rows: pd.DataFrame, raw: Sequence[str]) -> bytes:
    """Return the rows as Parquet: text columns, the amount as an exact decimal, the raw row."""
    columns = {name: pa.array(rows[name].astype(str), pa.string()) for name in _TEXTS}
    amounts = [None if a is None else Decimal(str(a)).quantize(_CENTS) for a in _amounts(rows)]
    columns["amount"] = pa.array(amounts, _MONEY)
    columns["raw"] = pa.array(list(raw), pa.string())
    held = io.BytesIO()
    pq.write_table(pa.table(columns), held)
    return held.getvalue()


def workbook(rows: pd.DataFrame, *, about: Any) -> bytes:  # noqa: ANN401 - as above
    """Return the rows as a workbook: filters, a frozen header, amounts as numbers."""
    columns = [
        {"name": name, "label": label, "type": "money" if name == "amount" else "text"}
        for name, label in _LABELS.items()
    ]
    texts = {name: rows[name].astype(str).tolist() for name in _LABELS if name != "amount"}
    values = texts | {"amount": _amounts(rows)}
    exhibit = {
        "id": "quarantine",
        "title": _title(about),
        "message": _message(rows, about),
        "unit": about.currency,
        "source": "rows held back",
        "as_of": about.as_of.isoformat(),
        "columns": columns,
        "rows": [list(row) for row in zip(*(values[name] for name in _LABELS), strict=True)],
    }
    return to_xlsx([exhibit], title=_title(about), as_of=about.as_of)


def page(rows: pd.DataFrame, *, about: Any) -> str:  # noqa: ANN401 - as above
    """Return the rows as one HTML page, grouped by reason, the largest amount first."""
    groups = [_group(str(rule), part, about) for rule, part in rows.groupby("rule", sort=False)]
    groups.sort(key=lambda group: (-group["size"], group["rule"]))
    script = (templates() / "html" / "page.js").read_text(encoding="utf-8").strip()
    rules = exhibit_style() + (templates() / "html" / "page.css").read_text(encoding="utf-8")
    context: dict[str, Any] = {
        "title": _title(about),
        "about": about,
        "message": _message(rows, about),
        "groups": groups,
        "script": Markup(script),  # noqa: S704 - the package's own
        "script_hash": _source_hash(script),
    }
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates() / "html"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    template = environment.get_template("quarantine.html.j2")
    bare = template.render(context | {"style": "", "style_hash": ""})
    style = f"{font_faces(rules + bare)}\n{rules}"
    return template.render(
        context | {"style": Markup(style), "style_hash": _source_hash(style)}  # noqa: S704 - as above
    )


def _group(rule: str, rows: pd.DataFrame, about: Any) -> dict[str, Any]:  # noqa: ANN401 - as above
    amounts = _amounts(rows)
    known = [amount for amount in amounts if amount is not None]
    size = round(sum(abs(amount) for amount in known), 2)
    unknown = len(amounts) - len(known)
    parts = ["1 row" if len(rows) == 1 else f"{len(rows):,} rows"]
    if known:
        parts.append(f"{_printed(size)} {about.currency} signs aside")
    if known and unknown:
        parts.append(f"{unknown:,} of unknown amount")
    entries = rows.to_dict("records")
    return {
        "rule": rule,
        "size": size,
        "words": ", ".join(parts),
        "total": _printed(round(sum(known), 2)) if known else "",
        "rows": [
            {str(name): str(value) for name, value in entry.items()}
            | {"amount": "" if amount is None else _printed(amount), "number": amount}
            for entry, amount in zip(entries, amounts, strict=True)
        ],
    }


def _title(about: Any) -> str:  # noqa: ANN401 - as above
    return f"{about.company}: rows held back"


def _message(rows: pd.DataFrame, about: Any) -> str:  # noqa: ANN401 - as above
    known = [amount for amount in _amounts(rows) if amount is not None]
    if rows.empty:
        return "No row is held back"
    count = "1 row is" if len(rows) == 1 else f"{len(rows):,} rows are"
    text = f"{count} held back"
    if known:
        text += f", {_printed(sum(abs(a) for a in known))} {about.currency} signs aside"
    unknown = len(rows) - len(known)
    return f"{text}; {unknown:,} of unknown amount" if known and unknown else text


def _amounts(rows: pd.DataFrame) -> list[float | None]:
    return [None if pd.isna(amount) else float(amount) for amount in rows["amount"]]


def _printed(amount: float) -> str:
    return f"{amount:,.2f}".replace(",", "\N{NARROW NO-BREAK SPACE}").replace("-", "\N{MINUS SIGN}")


def _source_hash(text: str) -> str:
    found = hashlib.sha256(text.encode("utf-8")).digest()
    return f"sha256-{base64.b64encode(found).decode('ascii')}"
