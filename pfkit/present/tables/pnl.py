"""The statement: every line with actual, plan and prior year, month and year to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit.present import look, sentences, setting
from pfkit.present.bars import bars
from pfkit.present.body import Bar, Cell, Grid, Group, Head, Role, Row
from pfkit.present.exhibit import Column, Exhibit, Facts, columns

if TYPE_CHECKING:
    import pandas as pd

    from pfkit.contracts.about import About
    from pfkit.present.setting import Reference

YTD = "_ytd"
_VALUES = ("actual", "plan", "prior_year", "previous")
_ROLES: dict[str, Role] = {"subtotal": "subtotal", "memo": "memo", "total": "total"}


def pnl(
    result: pd.DataFrame,
    *,
    about: About | None = None,
    id: str = "pnl",
    section: str = "",  # noqa: A002 - the word for it
) -> Exhibit:
    """Print a statement with variance bars, the period beside the year to date.

    Parameters
    ----------
    result : pandas.DataFrame
        Result of `pfkit.pnl`: one row per line and basis, amounts in reporting currency.
    about : About, optional
        The book: company, period, sources.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        Its data hold one row per line; year-to-date columns end in ``_ytd``.
    """
    if result.empty:
        return setting.absent(id, about, "actuals", section=section)
    wide = _wide(result)
    used = setting.references(wide)
    used_ytd = [r for r in used if bool(wide[f"{r.column}{YTD}"].notna().any())]
    scale = look.money_scale(_amounts(wide, used), setting.currency(about))
    say = Facts(id, wide, scale)
    message = _message(wide, used, say)
    grid = _grid(wide, used, used_ytd, scale, about)
    names = ", ".join(["AC", *(reference.short for reference in used)])
    return Exhibit(
        id=id,
        kind="table",
        title=(
            f"{setting.who(about)}profit and loss in {scale.unit}{setting.when(about)}"
            f" and year to date: {names}"
        ),
        message=message,
        data=wide,
        body=grid,
        columns=_columns(wide, about),
        unit=scale.unit,
        source=setting.source(about, "actuals", "invoices", "budget"),
        as_of=setting.as_of(about),
        notes=_notes(wide, used, used_ytd),
        alt=_alt(grid, message),
        facts=say.facts,
        section=section,
    )


def _wide(result: pd.DataFrame) -> pd.DataFrame:
    keep = [c for c in result.columns if c not in {"basis", "reason"}]
    month = result.loc[result["basis"] == "period", [*keep, "reason"]]
    to_date = result.loc[result["basis"] == "ytd"].set_index("row_key")
    measured = [c for c in keep if c.startswith(_VALUES) or c.startswith("prior_")]
    wide = month.reset_index(drop=True)
    for name in measured:
        wide[f"{name}{YTD}"] = to_date[name].reindex(wide["row_key"]).to_numpy()
    order = [c for c in wide.columns if c != "reason"]
    return wide[[*order, "reason"]]


def _amounts(wide: pd.DataFrame, used: list[Reference]) -> list[object]:
    names = ["actual", f"actual{YTD}", *(r.column for r in used)]
    return [value for name in names for value in wide[name].tolist()]


def _message(wide: pd.DataFrame, used: list[Reference], say: Facts) -> str:
    subtotals = wide.loc[wide["role"] == "subtotal"]
    first = subtotals.iloc[0] if len(subtotals) else wide.iloc[0]
    phrases = [sentences.standing(say, str(first["row_key"]), str(first["line"]), used)]
    if len(subtotals) > 1:
        last = subtotals.iloc[-1]
        name = setting.spoken(str(last["line"]))
        phrases.append(sentences.standing(say, str(last["row_key"]), name, used[:1]))
    return "; ".join(phrases)


def _grid(
    wide: pd.DataFrame,
    used: list[Reference],
    used_ytd: list[Reference],
    scale: look.Scale,
    about: About | None,
) -> Grid:
    ends = wide["role"].isin(["memo"])
    drawn = (~ends).tolist()
    month = _deltas(wide, used, "", drawn)
    to_date = _deltas(wide, used_ytd, YTD, drawn)
    heads = [Head(_corner(wide, scale), "line", wide=True)]
    heads += _heads(used, scale, "", bases=True)
    heads += _heads(used_ytd, scale, YTD, bases=False)
    rows = []
    for place, record in enumerate(wide.to_dict("records")):
        cells = [Cell(_name(record, wide))]
        cells += _cells(
            record, used, scale, "", {k: v[place] for k, v in month.items()}, bases=True
        )
        cells += _cells(
            record, used_ytd, scale, YTD, {k: v[place] for k, v in to_date.items()}, bases=False
        )
        role: Role = _ROLES.get(str(record["role"]), "line")
        rows.append(Row(str(record["row_key"]), tuple(cells), role))
    name = "Period" if about is None else setting.capital(look.period_name(about.period))
    groups = (
        Group("", 1),
        Group(name, 1 + 3 * len(used)),
        Group("Year to date", 1 + 2 * len(used_ytd)),
    )
    return Grid(tuple(heads), tuple(rows), groups)


def _corner(wide: pd.DataFrame, scale: look.Scale) -> str:
    return f"{'Line' if 'line' in wide.columns else 'Row'}, {scale.unit}"


def _name(record: dict[str, object], wide: pd.DataFrame) -> str:
    by = str(wide.columns[1])
    return str(record["line"]) if by == "line" else f"{record[by]}: {record['line']}"


def _deltas(
    wide: pd.DataFrame, used: list[Reference], suffix: str, drawn: list[bool]
) -> dict[str, list[Bar | None]]:
    found = bars(
        [wide[f"{r.variance}{suffix}"].tolist() for r in used],
        [wide[f"{r.favorable}{suffix}"].tolist() for r in used],
        scaled_by=drawn,
    )
    return {r.column: column for r, column in zip(used, found, strict=True)}


def _heads(used: list[Reference], scale: look.Scale, suffix: str, *, bases: bool) -> list[Head]:
    money = {"align": "right", "scale": scale.divisor, "decimals": scale.decimals}
    when = " year to date" if suffix else ""
    heads = [Head("AC", f"actual{suffix}", swatch="actual", spoken=f"actual{when}", **money)]  # type: ignore[arg-type]
    for r in used:
        swatch = "plan" if r.column == "plan" else "previous"
        if bases:
            heads.append(
                Head(r.short, f"{r.column}{suffix}", swatch=swatch, spoken=r.words, **money)
            )  # type: ignore[arg-type]
        heads.append(
            Head(
                r.delta,
                f"{r.variance}{suffix}",
                bar=True,
                spoken=f"variance to {r.words}{when}",
                **money,
            )  # type: ignore[arg-type]
        )
        heads.append(
            Head(
                f"{r.delta}{look.THIN}%",
                f"{r.variance_rate}{suffix}",
                align="right",
                scale=0.01,
                decimals=1,
                spoken=f"variance to {r.words} in percent{when}",
            )
        )
    return heads


def _cells(
    record: dict[str, object],
    used: list[Reference],
    scale: look.Scale,
    suffix: str,
    drawn: dict[str, Bar | None],
    *,
    bases: bool,
) -> list[Cell]:
    cells = [Cell(scale.amount(record[f"actual{suffix}"]))]
    for r in used:
        if bases:
            cells.append(Cell(scale.amount(record[f"{r.column}{suffix}"])))
        cells.append(Cell(scale.delta(record[f"{r.variance}{suffix}"]), drawn[r.column]))
        cells.append(Cell(look.rate(record[f"{r.variance_rate}{suffix}"], signed=True)))
    return cells


def _columns(wide: pd.DataFrame, about: About | None) -> tuple[Column, ...]:
    money = setting.currency(about)
    given = [Column("row_key", "Row"), Column("line", "Line"), Column("group", "Group")]
    for suffix, when in (("", ""), (YTD, ", year to date")):
        given.append(Column(f"actual{suffix}", f"AC{when}", "money", money))
        for r in (setting.PLAN, setting.PRIOR, setting.PREVIOUS):
            given += [
                Column(f"{r.column}{suffix}", f"{r.short}{when}", "money", money),
                Column(f"{r.variance}{suffix}", f"{r.delta}{when}", "money", money),
                Column(f"{r.variance_rate}{suffix}", f"{r.delta} %{when}", "rate"),
                Column(f"{r.favorable}{suffix}", f"{r.delta} favorable{when}", "boolean"),
            ]
    return columns(wide, given)


def _notes(wide: pd.DataFrame, used: list[Reference], used_ytd: list[Reference]) -> tuple[str, ...]:
    notes = [setting.legend(used)]
    if used:
        notes[0] += " Costs and returns are negative; a positive variance is favorable."
    if used and used_ytd:
        notes[0] += " Bars of the year to date have their own scale."
    absent = [r.words for r in (setting.PLAN, setting.PRIOR) if r not in used]
    if absent:
        why = str(wide["reason"].iloc[0])
        notes.append(f"No comparison with {sentences.joined(absent, last='or')}: {why}.")
    return tuple(notes)


def _alt(grid: Grid, message: str) -> str:
    rows = [row for row in grid.rows if row.role in {"subtotal", "total"}]
    told = "; ".join(
        ", ".join(
            f"{head.label} {cell.text}"
            for head, cell in zip(grid.heads[1:], row.cells[1:], strict=True)
        ).join((f"{row.cells[0].text}: ", ""))
        for row in rows
    )
    return f"Statement of {len(grid.rows)} lines. {message}. {told}"
