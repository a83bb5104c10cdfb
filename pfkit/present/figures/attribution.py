"""What features earned: bars with intervals and verdicts, and the refused ones beneath."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from pfkit.present import look, setting
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Exhibit
from pfkit.present.facts import Facts
from pfkit.present.figures.draw import POINTS_PER_MM, Board, shortened, width_of
from pfkit.present.tables.attribution_roi import RATES
from pfkit.present.tables.sheet import described, named_reasons
from pfkit.present.verdicts import (
    LEVEL,
    NUMBERED,
    UNATTRIBUTED,
    interval,
    labels,
    meaning,
    minus,
    needed,
    percent,
    silent,
    word,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.contracts.about import About
    from pfkit.measures import Attribution

WIDTH = 178.0
_ROW, _LINE, _HEAD, _FOOT = 14.0, 9.0, 13.0, 1.0
_TEXT, _SMALL = 7.2, 6.8
_NAMES, _GAP = 110.0, 12.0
_AIR = 2.0
_MOST_REFUSED = 6
_LINES = 2
_BAR, _BELOW, _CAP = 5.2, 2.4, 1.9
_MOST_FRAGILE = 2
_NOTHING, _UNDATED = "not_identified", "descriptive"
_READING = (
    "Incremental: revenue that would have been lost without the feature; where features lift"
    f" each other, bars overlap and do not add up. {UNATTRIBUTED}: what the ledger holds of"
    " refused features and of no customer."
)
_RETURNS = [*RATES, "positive_share", "cost"]
_HELD = {
    "state": "holdout_state",
    "holdout": "holdout",
    "customers": "holdout_customers",
    "months": "holdout_months",
    "power": "power_rate",
    "minimal_effect": "least_rate",
}


@dataclass(frozen=True)
class _Pane:
    """Where zero lies, what a unit is wide, and where the columns beside the bars begin."""

    left: float
    right: float
    zero: float
    per_unit: float
    told: float
    verdict: float
    roi: float

    def at(self, amount: float) -> float:
        return self.zero + amount * self.per_unit


def attribution(
    found: Attribution,
    returns: pd.DataFrame | None = None,
    *,
    holdouts: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
    about: About | None = None,
    top: int = 8,
    id: str = "attribution",  # noqa: A002 - the word for it
    section: str = "",
) -> Exhibit:
    """Draw what revenue there would not have been without each feature, and what nobody can tell.

    Parameters
    ----------
    found : Attribution
        Result of `pfkit.attribution`, amounts in reporting currency.
    returns : pandas.DataFrame, optional
        Result of `pfkit.attribution_roi`; sets the return beside each feature.
    holdouts : pandas.DataFrame, optional
        Result of `pfkit.holdouts`; the sentence then says which holdout would tell, with its power,
        or how large an effect would have to be among these customers.
    names : mapping, optional
        What readers call features, ``book.feature_names``.
    about : About, optional
        The book: company, period, sources.
    top : int
        Features drawn, those with the largest amounts; the rest is one bar.
    id : str
        Stable name of the exhibit.
    section : str
        The section it stands in.

    Returns
    -------
    Exhibit
        A bar per feature with its 90 % interval and its verdict in words, what of the ledger is
        not identified, and beneath them the refused features with the reason and no number. The
        sentence names what earned most, how many are refused and what would make them answerable.
        One line where the book lacks what it takes.
    """
    if found.features.empty:
        return silent(found.features, id, about, section=section)
    frame = _with_holdouts(_frame(found, returns, names, top), holdouts)
    scale = look.money_scale(
        frame[["incremental", "lo90", "hi90"]].to_numpy().ravel(), setting.currency(about)
    )
    say = Facts(id, frame, scale)
    message = _message(frame, say)
    last = str(found.ledger["period"].max())
    return Exhibit(
        id=id,
        kind="figure",
        title=(
            f"{setting.who(about)}incremental revenue by feature in {scale.unit}, from each release"
            f" to {last}: AC with 90{look.THIN}% interval"
        ),
        message=message,
        data=frame,
        body=_draw(setting.records(frame), scale, told=returns is not None),
        columns=described(frame, (), setting.currency(about)),
        unit=scale.unit,
        source=setting.source(about, "invoices", "usage", "releases", "rollout"),
        as_of=setting.as_of(about),
        notes=tuple(note for note in _notes(frame, found.ledger) if note),
        alt=_alt(frame, scale, message),
        facts=say.facts,
        section=section,
    )


def _frame(
    found: Attribution, returns: pd.DataFrame | None, names: Mapping[str, str] | None, top: int
) -> pd.DataFrame:
    """Return the features drawn, the others as one, what is not identified, and the refused."""
    features = found.features.assign(role="item", features=1)
    features.insert(1, "label", labels(features["feature"], names))
    if returns is not None:
        mine = returns[returns["role"] == "feature"].set_index("feature")
        for name in _RETURNS:
            features[RATES.get(name, name)] = mine[name].reindex(features["feature"]).array
    refused = ~features["verdict"].isin(NUMBERED)
    told = features[~refused]
    size = told["incremental"].astype("float64").abs()
    kept = told.index.isin(size.sort_values(ascending=False, kind="stable").index[: max(top, 1)])
    parts = [told[kept]]
    if len(told) > kept.sum():
        parts.append(_others(told[~kept], found.draws))
    parts.append(_unattributed(found.ledger))
    parts.append(features[refused].assign(role="refused"))
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)[features.columns]
    frame["refused"] = frame["role"] == "refused"
    needs = frame["needs"].fillna("").str.split("; ").str[0]
    frame["need"] = needs.where(frame["refused"], "")
    frame["level"] = LEVEL
    text = ["label", "feature", "release", "verdict", "method", "reasons", "needs"]
    frame[text] = frame[text].fillna("")
    frame["why"] = frame["reasons"].map(minus)
    return frame


def _with_holdouts(frame: pd.DataFrame, holdouts: pd.DataFrame | None) -> pd.DataFrame:
    """Set beside each refused feature the holdout proposed for it."""
    if holdouts is None or holdouts.empty:
        return frame
    held = holdouts.set_index("feature")[list(_HELD)].rename(columns=_HELD)
    return frame.join(held, on="feature")


def _others(rest: pd.DataFrame, draws: pd.DataFrame) -> pd.DataFrame:
    """Return what the features that are not drawn earned together, customers weighted alike."""
    together = draws[[name for name in rest["feature"] if name in draws]].sum(axis=1)
    low, high = together.quantile([0.05, 0.95]).tolist() if len(together) else (pd.NA, pd.NA)
    verdicts = set(rest["verdict"])
    row = {
        "row_key": "others",
        "label": f"Others ({len(rest)})",
        "role": "other",
        "features": len(rest),
        "feature": "",
        "incremental": rest["incremental"].sum(),
        "lo90": low,
        "hi90": high,
        "verdict": verdicts.pop() if len(verdicts) == 1 else "mixed",
    }
    return pd.DataFrame([row]).astype(dict.fromkeys(["incremental", "lo90", "hi90"], "Float64"))


def _unattributed(ledger: pd.DataFrame) -> pd.DataFrame:
    amount = ledger.loc[ledger["line"] == _NOTHING, "amount"].sum()
    row = {
        "row_key": "not-identified",
        "label": UNATTRIBUTED,
        "role": "memo",
        "features": 0,
        "incremental": round(float(amount), 2),
    }
    return pd.DataFrame([row]).astype({"incremental": "Float64"})


def _message(frame: pd.DataFrame, say: Facts) -> str:
    count = say.count("feature", weight="features")
    told = frame[frame["role"].isin(["item", "other"])]
    refused = int(frame["refused"].sum())
    if told.empty:
        lead = f"Nothing can be said of what {_of_all(count)} earned"
        return f"{lead}{_answerable(frame, say)}"
    text = _most(told, say)
    if not refused:
        return f"{text}; no feature is refused"
    some = say.count("refused", True)
    verb = "is" if refused == 1 else "are"
    return f"{text}; {some} of {count} features {verb} refused{_answerable(frame, say)}"


def _of_all(count: str) -> str:
    return "the one feature" if count == "1" else f"any of {count} features"


def _most(told: pd.DataFrame, say: Facts) -> str:
    first = setting.records(told)[0]
    key, unit = str(first["row_key"]), f"{look.THIN}{say.scale.unit}" if say.scale.unit else ""
    amount = f"{say.amount(key, 'incremental')}{unit}"
    if say.has(key, "lo90"):
        level = say.number(key, "level", scale=0.01)
        low, high = say.amount(key, "lo90"), say.amount(key, "hi90")
        amount += f" ({level}{look.THIN}%: {low} to {high})"
    if first["incremental"] <= 0:
        return f"No feature earned anything; {first['label']} comes closest with {amount}"
    alone = "" if len(told) == 1 else " most"
    text = f"{first['label']} earned{alone}, {amount}"
    unsure = not look.missing(first["lo90"]) and first["lo90"] <= 0
    return f"{text}, which may as well be nothing" if unsure else text


def _answerable(frame: pd.DataFrame, say: Facts) -> str:
    """Name the holdout, or the data, that would make most of the refused features answerable."""
    if "holdout_state" in frame and (text := _held(frame, say)):
        return text
    some = frame[frame["refused"] & (frame["need"] != "")]
    came = some[some["verdict"] != _UNDATED]
    needs = (some if came.empty else came)["need"].value_counts(sort=False)
    if needs.empty:
        return ""
    need = str(needs.index[int(needs.to_numpy().argmax())])
    what = f"{say.count('need', need)} of them" if frame["refused"].sum() > 1 else "it"
    return f"; {need} would make {what} answerable"


def _held(frame: pd.DataFrame, say: Facts) -> str:
    """Name the first holdout proposed, else how large an effect would have to be for one."""
    good = setting.records(frame[frame["holdout_state"] == "proposed"])
    if good:
        key = str(good[0]["row_key"])
        return (
            f"; to hold {good[0]['label']} back from {say.number(key, 'holdout')} of"
            f" {say.number(key, 'holdout_customers')} customers for"
            f" {say.number(key, 'holdout_months')} months would tell"
            f" (power {say.rate(key, 'power_rate')})"
        )
    tried = setting.records(frame[frame["least_rate"].notna()])
    if not tried:
        return ""
    key = str(tried[0]["row_key"])
    return (
        f"; a holdout among {say.number(key, 'holdout_customers')} customers would tell no effect"
        f" below {say.rate(key, 'least_rate')} of revenue"
    )


def _draw(rows: list[dict[str, Any]], scale: look.Scale, *, told: bool) -> Drawing:
    above = [row for row in rows if row["role"] != "refused"]
    beneath = _beneath(rows)
    names = min(max(width_of(str(row["label"]), _TEXT, 600) for row in above + beneath) + 8, _NAMES)
    board_width = WIDTH * POINTS_PER_MM
    pane = _pane(above, names, scale, told=told)
    reasons = _reasons(beneath, names, board_width)
    deep = sum(_LINE * len(lines) + _AIR for _, lines in reasons)
    height = _HEAD + _ROW * len(above) + (deep + _HEAD if beneath else 0) + _FOOT
    board = Board(WIDTH, height / POINTS_PER_MM)
    top = board.height - _HEAD
    _heads(board, pane, scale, top + 4, told=told)
    for place, row in enumerate(above):
        middle = top - _ROW * (place + 0.5)
        _amount(board, pane, row, middle, scale)
        label = shortened(str(row["label"]), names - 6, _TEXT)
        color = "muted" if row["role"] == "memo" else "ink"
        board.text(names - 5, middle - 2.6, label, size=_TEXT, color=color, anchor="right")
    bottom = top - _ROW * len(above)
    board.line(pane.zero, bottom, pane.zero, top, width=0.8)
    if beneath:
        _refused(board, reasons, names, bottom)
    return Drawing(board.svg(), WIDTH, height / POINTS_PER_MM)


def _beneath(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the refused features drawn; those without a recorded release share one line."""
    refused = [row for row in rows if row["role"] == "refused"]
    undated = [row for row in refused if row["verdict"] == _UNDATED]
    if len(undated) > 1:
        names = ", ".join(str(row["label"]) for row in undated)
        why = f"in use, and no release is recorded, so there is no before: {names}"
        one = undated[0] | {"label": f"{len(undated)} features", "why": why}
        one["features"] = len(undated)
        refused = [*(row for row in refused if row["verdict"] != _UNDATED), one]
    return refused[:_MOST_REFUSED]


def _pane(rows: list[dict[str, Any]], names: float, scale: look.Scale, *, told: bool) -> _Pane:
    """Lay out names, bars and the columns beside them from left to right."""
    end = WIDTH * POINTS_PER_MM
    amounts = max(width_of(_written(row, scale), _TEXT) for row in rows)
    verdicts = max([width_of(_verdict(row), _TEXT) for row in rows] + [34.0])
    roi = max([width_of(_roi(row), _TEXT) for row in rows] + [20.0]) if told else 0.0
    verdict = end - roi - (_GAP if told else 0) - verdicts
    right = verdict - _GAP - max(amounts, width_of(f"{scale.unit} (90 % interval)", _TEXT, 600))
    ends = [
        float(row[name])
        for row in rows
        for name in ("incremental", "lo90", "hi90")
        if row["role"] != "memo" and not look.missing(row[name])
    ]
    rest = [float(row["incremental"]) for row in rows if row["role"] == "memo"]
    ends += [one for one in rest if not ends or abs(one) <= max(map(abs, ends))]
    low, high = min(0.0, *ends), max(0.0, *ends)
    right -= _GAP
    per_unit = (right - names - 4) / ((high - low) or 1.0)
    zero = names + 4 - low * per_unit
    return _Pane(names + 4, right, zero, per_unit, verdict - _GAP, verdict, end)


def _heads(board: Board, pane: _Pane, scale: look.Scale, y: float, *, told: bool) -> None:
    words = f"{scale.unit} (90{look.THIN}% interval)".strip()
    board.text(pane.told, y, words, size=_TEXT, weight=600, anchor="right")
    board.text(pane.verdict, y, "Verdict", size=_TEXT, weight=600)
    if told:
        board.text(pane.roi, y, f"ROI{look.THIN}%", size=_TEXT, weight=600, anchor="right")


def _amount(
    board: Board, pane: _Pane, row: dict[str, Any], middle: float, scale: look.Scale
) -> None:
    """Draw one bar, its interval beneath it; what is not identified is a ring, and has none."""
    amount = float(row["incremental"])
    if row["role"] == "memo":
        _ring(board, pane, amount, middle)
    else:
        board.rect(pane.zero, middle + _BAR, amount * pane.per_unit, -_BAR, fill="actual")
    if not look.missing(row["lo90"]):
        low, high, y = pane.at(float(row["lo90"])), pane.at(float(row["hi90"])), middle - _BELOW
        board.line(low, y, high, y, color="ink", width=1.2)
        for x in (low, high):
            board.line(x, y - _CAP, x, y + _CAP, color="ink", width=1.0)
    color = "muted" if row["role"] == "memo" else "ink"
    board.text(pane.told, middle - 2.6, _written(row, scale), color=color, anchor="right")
    board.text(pane.verdict, middle - 2.6, _verdict(row), color=color)
    if _roi(row):
        board.text(pane.roi, middle - 2.6, _roi(row), anchor="right")


def _ring(board: Board, pane: _Pane, amount: float, middle: float) -> None:
    """Mark an amount without interval; an arrow where it lies beyond what is drawn."""
    x = pane.at(amount)
    if pane.left - 2 <= x <= pane.right + 2:
        board.disc(x, middle, 2.8, fill="page", edge="interval", line=1.2)
        return
    way = 1 if x > pane.right else -1
    edge = pane.right + 6 if way > 0 else pane.left - 2
    back = edge - way * 6
    points = [(edge, middle), (back, middle + 3), (back, middle - 3)]
    board.polygon(points, fill="interval")


def _written(row: dict[str, Any], scale: look.Scale) -> str:
    bounds = interval(row["lo90"], row["hi90"], scale)
    return scale.amount(row["incremental"]) + (f" ({bounds})" if bounds else "")


def _verdict(row: dict[str, Any]) -> str:
    return word(row["verdict"])


def _roi(row: dict[str, Any]) -> str:
    return percent(row.get("roi_rate"))


def _reasons(
    rows: list[dict[str, Any]], names: float, end: float
) -> list[tuple[dict[str, Any], list[str]]]:
    """Return refused features with the reason broken into lines that fit."""
    room = end - names - 4 - 62
    return [(row, _broken(str(row["why"]), room)) for row in rows]


def _broken(text: str, room: float) -> list[str]:
    """Break a text into lines of a width; the last one is cut where it is too long."""
    lines = [""]
    words = text.split()
    for place, one in enumerate(words):
        longer = f"{lines[-1]} {one}".strip()
        if lines[-1] and width_of(longer, _SMALL) > room:
            if len(lines) == _LINES:
                lines[-1] = shortened(" ".join([lines[-1], *words[place:]]), room, _SMALL)
                break
            lines.append(one)
        else:
            lines[-1] = longer
    return lines


def _refused(
    board: Board, reasons: list[tuple[dict[str, Any], list[str]]], names: float, top: float
) -> None:
    """List refused features beneath the bars: verdict and reason, no number."""
    board.line(0, top - 2, board.width, top - 2, color="rule", width=0.6)
    board.text(names + 4, top - 10.5, "Refused: no number is told", size=_TEXT, weight=600)
    y = top - _HEAD - 6.5
    for row, lines in reasons:
        label = shortened(str(row["label"]), names - 6, _TEXT)
        board.text(names - 5, y, label, size=_TEXT, anchor="right")
        board.text(names + 4, y, word(row["verdict"]), size=_SMALL)
        for line in lines:
            board.text(names + 66, y, line, size=_SMALL, color="muted")
            y -= _LINE
        y -= _AIR


def _notes(frame: pd.DataFrame, ledger: pd.DataFrame) -> tuple[str, ...]:
    refused = frame[frame["refused"]]
    left = len(refused) - sum(int(row["features"]) for row in _beneath(setting.records(frame)))
    fragile = frame[(frame["role"] == "item") & (frame["verdict"] == "fragile")]
    return (
        f"{_READING} {_tie(ledger)}".strip(),
        meaning(frame["verdict"]),
        named_reasons(fragile, column="why", lead="Fragile: ", most=_MOST_FRAGILE),
        needed(refused),
        f"Not drawn but in tables.xlsx: {left} more refused." if left > 0 else "",
    )


def _tie(ledger: pd.DataFrame) -> str:
    """Say how far baseline, features and what is not identified are from the ledger."""
    stated = ledger["line"] == "ledger"
    whole = ledger[stated].groupby("period")["amount"].sum()
    parts = ledger[~stated].groupby("period")["amount"].sum()
    if whole.empty:
        return ""
    apart = float((whole - parts.reindex(whole.index).fillna(0.0)).abs().max())
    return (
        f"With the baseline, shares of features and what is not identified are {apart:.2f} apart"
        " from the ledger in every month."
        if round(apart, 2) == 0
        else f"Baseline, shares and what is not identified are up to {apart:,.2f} off the ledger."
    )


def _alt(frame: pd.DataFrame, scale: look.Scale, message: str) -> str:
    told = [
        f"{row['label']} {_written(row, scale)} {_verdict(row)}".rstrip()
        if row["role"] != "refused"
        else f"{row['label']} refused, {word(row['verdict'])}"
        for row in setting.records(frame)
    ]
    return f"Bars with intervals, {len(frame)} rows. {message}. {'; '.join(told)}."
