"""One export tried through its adapter: what a book would make of it, before there is a book."""

from __future__ import annotations

import glob
import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import ValidationError

from pfkit.conform import outcomes
from pfkit.conform.adapters.fit import Fit, adapted, fit, fuller
from pfkit.conform.adapters.form import named, names
from pfkit.conform.adapters.resolve import merged
from pfkit.conform.company import Company
from pfkit.conform.declaration import Declaration, KnownOn, Source
from pfkit.conform.engine import literal, quoted
from pfkit.conform.misdeclared import misdeclared
from pfkit.conform.named import with_named_columns
from pfkit.conform.pipeline import conform
from pfkit.conform.provenance import files_read
from pfkit.conform.tie import balances
from pfkit.conform.verdict import VERDICTS, rejection, verdict_of
from pfkit.contracts import Contracts
from pfkit.errors import PfkitError
from pfkit.money import minor_digits
from pfkit.sources import read_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pfkit.conform.adapters.form import Adapter
    from pfkit.conform.pipeline import Conformed

#: A currency that is none (ISO 4217): nothing is converted.
_NO_CURRENCY = "XXX"
_NO_DAY = date.max
_NAME = "export"
_BY_ACCOUNT = {"debit_positive", "credit_positive"}
_FATES = ("accepted", "quarantined", "excluded")
_FEW = 5
#: Keys of a check that a book alone has.
_BOOKS_OWN = frozenset({"balance", "by_table", "red", "failed"})


def try_adapter(
    name: str, file: Path, *, rows: int = _FEW, settings: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Read one file through an adapter and say what became of it; nothing is written.

    Use it before an export goes into a book. It never raises for a bad file, it rejects.

    Parameters
    ----------
    name : str
        An adapter that comes with pfkit, or the path of an adapter's file.
    file : pathlib.Path
        The export.
    rows : int
        How many conformed rows to show.
    settings : mapping of str, optional
        Keys of ``[[sources]]`` that a book would set, such as ``decimal`` or ``header``.

    Returns
    -------
    dict
        As `pfkit.check_file`: ``verdict``, rows and amounts (as the file states them, of several
        currencies each by itself under ``by_currency``), ``findings``; beside it ``adapter``,
        ``version``, ``table``, ``unit``, ``sign``, ``columns`` (what each column the adapter
        reads is called in the file), ``absent`` (columns it has not, and need not have), ``sums``
        (the accepted amounts as stated, to the last decimal), ``left_out`` (what rules left out:
        reason, rows, amount, because) and ``rows``, the first conformed rows, personal data masked.

    Raises
    ------
    BookError
        If there is no such adapter, or it cannot be used.

    Notes
    -----
    A book turns the amounts of a ledger by its accounts; here they stay debit less credit. It
    counts days in its company's zone; here they are those of the source's own.
    """
    found = named(name)
    about = {"adapter": name, "version": found.version, "table": found.table}
    about |= {key: found.source.get(key, "") for key in ("unit", "sign", "zone")}
    try:
        source, held, told = _source(name, found, file, settings or {})
        conformed = conform(
            Declaration(company=_company(source), sources=(source,)),
            data=file.parent,
            book=file.parent,
            as_of=date.max,
        )
        answer = _answer(conformed, [*told, *_fractions(conformed)])
        shown = _rows(conformed, rows)
    except PfkitError as error:
        nothing: dict[str, Any] = {"columns": {}, "absent": [], "sums": {}, "left_out": []}
        nothing["rows"] = []
        return _of_a_file(rejection(error)) | about | nothing
    return answer | about | {"columns": held.taken, "absent": list(held.absent), "rows": shown}


def reading(file: Path) -> list[str]:
    """Return the adapters of sheets, which have no columns of one name, that read rows of a file.

    Parameters
    ----------
    file : pathlib.Path
        An export.
    """
    return [
        name
        for name in names()
        if named(name).source.get("layout") and try_adapter(name, file)["accepted"]
    ]


def _company(source: Source) -> Company:
    """Return a company of no currency, in the zone of the file."""
    company = Company(name="Try", currency=_NO_CURRENCY)
    return company.model_copy(update={"zone": source.zone}) if source.zone else company


def _source(
    name: str, found: Adapter, file: Path, settings: Mapping[str, Any]
) -> tuple[Source, Fit, list[dict[str, Any]]]:
    """Return the adapter as a source of this file alone, what fits, and what a book will need."""
    own = {**settings, "name": _NAME, "path": glob.escape(file.name)}
    whole = merged(own, found, {"name": name})
    told = []
    if whole.get("sign") in _BY_ACCOUNT:
        whole["sign"] = "as_stated"
    contracts = Contracts()
    try:
        source = Source.model_validate(whole, context={"contracts": contracts})
    except ValidationError as error:
        raise misdeclared(
            error.errors(), whole, file="--set", model=Source, contracts=contracts
        ) from error
    held = Fit({}, (), ())
    if source.layout is None:
        raw = read_files(
            [file],
            root=file.parent,
            format=source.format,
            encoding=source.encoding,
            sheet=source.sheet,
            header=source.header,
            delimiter=source.delimiter,
            query=source.query,
            records=source.records,
        )
        held = fit(source, raw.columns)
        if not held.missing and (other := fuller(raw.columns, source)):
            told.append(_fuller(file, other))
        fitted, renamed = adapted(source, raw)
        source = with_named_columns(fitted, dict.fromkeys(renamed.columns, "VARCHAR"))
    columns = dict(source.columns)
    for amount, local in source.promise.conversions:
        if amount not in columns and local in columns:
            columns[amount] = columns[local]  # as stated: a file alone has no exchange rates
    update: dict[str, Any] = {"columns": columns}
    known = source.known_on
    if known is not None and known.file_name and not re.search(known.file_name, file.name):
        update["known_on"] = KnownOn(date=_NO_DAY)
        told.append(_nameless(file))
    return source.model_copy(update=update), held, told


def _fuller(file: Path, other: str) -> dict[str, Any]:
    return {
        "rule": "another adapter",
        "severity": "warn",
        "line": file.name,
        "column": "",
        "value": other,
        "message": f"adapter {other!r} finds all its columns here too, and reads more of them",
        "advice": f"If the file is what `pfkit adapters show {other}` describes, take that one.",
    }


def _nameless(file: Path) -> dict[str, Any]:
    return {
        "rule": "known_on",
        "severity": "warn",
        "line": file.name,
        "column": "known_on",
        "value": "",
        "message": "the file's name says no day or month",
        "advice": "In a book, put the month in the name, as in bill-2026-06.csv, or declare "
        "`known_on`.",
    }


def _fractions(conformed: Conformed) -> list[dict[str, Any]]:
    """Return a finding where amounts have decimals that their currency has not."""
    held = conformed.sources[0]
    promise = held.declared.promise
    if not promise.conversions:
        return []
    own = held.declared.minor_digits
    whole = sorted(code for code, digits in minor_digits().items() if not digits | own.get(code, 0))
    code, local = quoted(promise.currency), quoted(promise.local or "")
    found = conformed.engine.rows(
        f"SELECT upper({code}), count(*), any_value({local}), any_value(_line) "
        f"FROM {quoted(held.rows_table)} WHERE _status = 'accepted' AND {local} <> trunc({local}) "
        f"AND upper({code}) IN ({', '.join(literal(code) for code in whole)}) GROUP BY 1 ORDER BY 1"
    )
    return [
        {
            "rule": "decimals",
            "severity": "warn",
            "line": str(line),
            "column": promise.local,
            "value": f"{_text(amount)} {name}",
            "message": f"{name} has no decimals, and {count} of its amounts have some",
            "advice": "Stored tables and APIs often shift them (1000 as 10.00): compare one amount "
            "with the system's own screen, and declare `unit`, or a factor in `columns`.",
        }
        for name, count, amount, line in found
    ]


def _answer(conformed: Conformed, told: list[dict[str, Any]]) -> dict[str, Any]:
    answer = verdict_of(
        balances=balances(conformed),
        controls=pd.DataFrame(),
        quarantine=outcomes.quarantine(conformed),
        provenance=files_read(conformed),
    )
    answer = _of_a_file(answer)
    answer["findings"] = [*told, *answer["findings"]]
    answer["sums"] = {}
    answer["left_out"] = _left_out(conformed)
    ranks = [VERDICTS.index(finding["severity"]) for finding in answer["findings"]]
    answer["verdict"] = VERDICTS[max(ranks, default=0)]
    held = _by_currency(conformed)
    if not held:
        return answer
    for name in next(iter(held.values())):  # exact, where the balance is to the cent
        answer[name] = _text(sum((Decimal(part[name]) for part in held.values()), Decimal(0)))
    answer["sums"] = _sums(conformed)
    return answer | ({"by_currency": held} if len(held) > 1 else {})


def _left_out(conformed: Conformed) -> list[dict[str, Any]]:
    """Return what rules left out, by reason: how many rows, their amount, and why."""
    held = conformed.sources[0]
    promise = held.declared.promise
    amount = quoted(promise.local or promise.amount or "")
    total = f"sum({amount})" if promise.amount or promise.local else "NULL"
    found = conformed.engine.rows(
        f"SELECT _reason, count(*), {total}, any_value(_because) FROM {quoted(held.rows_table)} "
        "WHERE _status = 'excluded' GROUP BY 1 ORDER BY 2 DESC, 1"
    )
    return [
        {
            "reason": reason,
            "rows": count,
            "amount": "" if amount is None else _text(Decimal(amount)),
            "because": because,
        }
        for reason, count, amount, because in found
    ]


def _sums(conformed: Conformed) -> dict[str, str]:
    """Return each amount of the accepted rows, as stated, to its last decimal."""
    held = conformed.sources[0]
    stated = [local for _, local in held.declared.promise.conversions]
    sums = ", ".join(f"sum({quoted(local)})" for local in stated)
    (found,) = conformed.engine.rows(
        f"SELECT {sums} FROM {quoted(held.rows_table)} WHERE _status = 'accepted'"
    )
    return {
        local: _text(Decimal(value))
        for local, value in zip(stated, found, strict=True)
        if value is not None
    }


def _text(amount: Decimal) -> str:
    """Return an amount with two decimals, or as many as it has."""
    return f"{amount.normalize() + Decimal('0.00'):f}"


def _of_a_file(answer: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what only a book has, as `pfkit check FILE` gives it."""
    return {key: value for key, value in answer.items() if key not in _BOOKS_OWN}


def _by_currency(conformed: Conformed) -> dict[str, dict[str, str]]:
    """Return the four amounts of each currency, unconverted."""
    promise = conformed.sources[0].declared.promise
    if not promise.conversions:
        return {}
    code, local = quoted(promise.currency), quoted(promise.local or "")
    sums = ", ".join(f"COALESCE(sum({local}) FILTER (_status = '{fate}'), 0)" for fate in _FATES)
    found = conformed.engine.rows(
        f"SELECT {code}, COALESCE(sum({local}), 0), {sums} "
        f"FROM {quoted(conformed.sources[0].rows_table)} GROUP BY 1 ORDER BY 1"
    )
    names = [f"amount_{fate}" for fate in ("in", *_FATES)]
    return {
        str(held[0]): {
            name: _text(Decimal(value)) for name, value in zip(names, held[1:], strict=True)
        }
        for held in found
    }


def _rows(conformed: Conformed, count: int) -> list[dict[str, str]]:
    """Return the first conformed rows: the columns that are filled, persons left out."""
    held = conformed.sources[0]
    promise = held.declared.promise
    twice = {amount for amount, _ in promise.conversions}  # here the same as stated
    columns = [c.name for c in promise.columns if not c.restricted and c.name not in twice]
    names = ", ".join(f"CAST({quoted(name)} AS VARCHAR)" for name in columns)
    found = conformed.engine.rows(
        f"SELECT _file || ' ' || _line, {names} FROM {quoted(held.rows_table)} "
        "WHERE _status = 'accepted' ORDER BY _id LIMIT ?",
        [count],
    )
    return [
        {
            name: _plain(str(value))
            for name, value in zip(("at", *columns), row, strict=True)
            if value not in {None, _NO_CURRENCY, _NO_DAY.isoformat()}
        }
        for row in found
    ]


def _plain(text: str) -> str:
    """Return a number without the zeros its type fills it up with."""
    return text.rstrip("0").rstrip(".") if re.fullmatch(r"-?\d+\.\d+", text) else text
