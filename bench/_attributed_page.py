"""A page of what ``bench attribution`` found: the spread of errors and the worst company."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from bench._attributed_scores import KIT, by_kind, by_method
from pfkit.present import look
from pfkit.present.body import Drawing
from pfkit.present.exhibit import Exhibit
from pfkit.present.facts import Facts
from pfkit.present.figures.draw import POINTS_PER_MM, Board
from pfkit.present.tables.sheet import Col, table
from pfkit.publish.places import exhibit_style

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH, NAMES = 178.0, 112.0
ROW, HEAD, FOOT = 18.0, 8.0, 20.0
#: Errors beyond this share of the truth stand at the edge, as an open circle.
EDGE = 2.0
MARKS = (0.0, 0.15, 0.5, 1.0, 1.5, 2.0)
SHARES = look.Scale(1, 0, "")
DOTS = (
    "A dot is a company; the line is their mean; an open circle lies beyond the edge. "
    "Features by lot, by choice and without effect; what was refused counts as zero."
)


def page(answers: pd.DataFrame, scores: pd.DataFrame, title: str) -> str:
    """Return the page as HTML that stands alone."""
    exhibits = [_distribution(scores, title), _rules(scores, title)]
    if KIT in set(scores["method"]):
        exhibits += [_kinds(answers, title), _worst(answers, scores)]
    body = "\n".join(one._repr_mimebundle_()["text/html"] for one in exhibits)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>Attribution: {escape(title)}</title>\n<style>{exhibit_style()}</style>\n</head>\n"
        f'<body class="pf-page"><main class="pf-report">\n{body}\n</main></body>\n</html>\n'
    )


def _keyed(frame: pd.DataFrame, by: str) -> pd.DataFrame:
    """Return rows with their key first."""
    return pd.concat([frame[by].astype(str).rename("row_key"), frame], axis=1)


def _distribution(scores: pd.DataFrame, title: str) -> Exhibit:
    frame = scores[["company", "method", "wape"]].copy()
    key = frame["company"] + "|" + frame["method"]
    frame.insert(0, "row_key", key)
    means = frame.groupby("method", sort=False)["wape"].mean().sort_values()
    height = (HEAD + ROW * len(means) + FOOT) / POINTS_PER_MM
    board = Board(WIDTH, height)
    _scale(board)
    for place, (method, mean) in enumerate(means.items()):
        middle = board.height - HEAD - ROW * (place + 0.5)
        weight = 600 if method == KIT else 400
        board.text(NAMES - 8, middle - 2.5, str(method), anchor="right", weight=weight)
        for error in frame.loc[frame["method"] == method, "wape"]:
            inside = error <= EDGE
            at = _at(board, min(error, EDGE))
            fill = ("accent" if method == KIT else "previous") if inside else "page"
            board.disc(at, middle, 2.2, fill=fill, edge="page" if inside else "muted", line=0.5)
        if mean <= EDGE:
            at = _at(board, mean)
            board.line(at, middle - 6, at, middle + 6, width=1.6)
    told = "; ".join(f"{method} {mean:.2f}" for method, mean in means.items())
    return Exhibit(
        id="errors",
        kind="figure",
        title=f"Error of incremental revenue per feature, in shares of the truth: {title}",
        message="How far from the truth each rule is, company by company",
        data=frame,
        body=Drawing(board.svg(), WIDTH, height),
        notes=(DOTS,),
        alt=f"Strip chart; mean error: {told}.",
    )


def _at(board: Board, error: float) -> float:
    return NAMES + (board.width - NAMES - 6) * error / EDGE


def _scale(board: Board) -> None:
    for mark in MARKS:
        at = _at(board, mark)
        board.line(at, FOOT - 4, at, board.height - HEAD, color="rule", width=0.5)
        board.text(at, FOOT - 14, f"{mark:g}", size=6.8, color="muted", anchor="center")


def _rules(scores: pd.DataFrame, title: str) -> Exhibit:
    frame = _keyed(by_method(scores), "method")
    cols = [
        Col("method", "Method", wide=True),
        Col("wape", "mean", "number", decimals=3, group="Error"),
        Col("wape_worst", "worst", "number", decimals=2, group="Error"),
        Col("cut", "mean", "rate", decimals=0, group="Less than best simple, %"),
        Col("cut_worst", "least", "rate", decimals=0, group="Less than best simple, %"),
        Col("roi_error", "off", "number", decimals=2, group="ROI"),
        Col("sign", "sign right, %", "rate", decimals=0, group="ROI"),
        Col("covered", "in 90 %", "rate", group="Honesty, %"),
        Col("null_claims", "null claimed", "rate", decimals=0, group="Honesty, %"),
        Col("kept_back", "rightly", "rate", decimals=0, group="Kept back, %"),
        Col("false_refusals", "wrongly", "rate", decimals=0, group="Kept back, %"),
    ]
    return _table(
        "rules",
        frame,
        cols,
        title=f"Scores over companies: {title}",
        message="What each rule scores",
    )


def _kinds(answers: pd.DataFrame, title: str) -> Exhibit:
    frame = _keyed(by_kind(answers), "kind")
    cols = [
        Col("kind", "Kind", wide=True),
        Col("features", "features", "count"),
        Col("answered", "answered", "count"),
        Col("firm", "without doubt", "count"),
        Col("wape", "error", "number", decimals=3),
        Col("bias", "bias", "number", decimals=3),
        Col("covered", "in 90 %, %", "rate"),
        Col("below", "truth below, %", "rate"),
        Col("above", "truth above, %", "rate"),
    ]
    message = "How honest the intervals are, by kind of feature"
    return _table("kinds", frame, cols, title=f"pfkit by kind of feature: {title}", message=message)


def _worst(answers: pd.DataFrame, scores: pd.DataFrame) -> Exhibit:
    ours = scores[scores["method"] == KIT].set_index("company")["wape"]
    name = str(ours.idxmax())
    rows = answers[(answers["company"] == name) & (answers["method"] == KIT)]
    frame = _keyed(rows.drop(columns=["company", "method"]).reset_index(drop=True), "feature")
    cols = [
        Col("feature", "Feature"),
        Col("kind", "Kind"),
        Col("true", "true", "money", group="Incremental revenue"),
        Col("incremental", "said", "money", group="Incremental revenue"),
        Col("lo90", "from", "money", group="90 % interval"),
        Col("hi90", "to", "money", group="90 % interval"),
        Col("true_roi", "true", "number", decimals=2, group="ROI"),
        Col("roi", "said", "number", decimals=2, group="ROI"),
        Col("verdict", "Verdict", wide=True),
    ]
    amounts = frame[["true", "incremental", "lo90", "hi90"]].to_numpy().ravel()
    scale = look.money_scale(amounts, "USD")
    title = f"{name}: incremental revenue in {scale.unit} over the window, and ROI"
    message = "The company with the largest error"
    return _table("worst", frame, cols, title=title, message=message, scale=scale)


def _table(
    name: str,
    frame: pd.DataFrame,
    cols: Sequence[Col],
    *,
    title: str,
    message: str,
    scale: look.Scale = SHARES,
) -> Exhibit:
    say = Facts(name, frame, scale)
    return table(name, frame, cols, title=title, message=message, say=say, about=None, tables=())
