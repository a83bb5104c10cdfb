"""How far from the truth what was said of made-up companies is, in one row per figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from bench._attributed import Company

#: Kinds whose effect the tables of a company can tell, and kinds on which they are silent.
ABLE = ("waves", "opt_in", "null")
SILENT = ("forced", "shock", "tiny", "pair")
#: What is read of an answer.
ANSWER = ("incremental", "lo90", "hi90", "roi", "verdict")
#: Verdicts under which a number stands for itself.
FIRM = ("randomized", "randomised", "supported")
KIT = "pfkit"
#: What the best simple rule is chosen from.
SIMPLE = (
    "last touch",
    "first touch",
    "linear touch",
    "usage share of expansion",
    "Markov removal",
    "before/after",
)


def cells(company: Company, method: str, said: pd.DataFrame) -> pd.DataFrame:
    """Return one row per feature: what is true, and what a method said.

    Parameters
    ----------
    company : Company
        Whose truth it is.
    method : str
        Who said it.
    said : pandas.DataFrame
        ``feature``, ``incremental`` (NA where refused); optionally ``lo90``, ``hi90``, ``roi``
        and ``verdict``. A pair taken up together is one feature, named ``F01+F02``.
    """
    known = company.returns.rename(columns={"incremental": "true", "roi": "true_roi"})
    answer = said[["feature", *(name for name in ANSWER if name in said)]]
    table = known.merge(answer, on="feature", how="left")
    if "roi" not in said:
        gain = table["incremental"] * company.gross_margin
        table["roi"] = (gain - table["cost"]) / table["cost"]
    for column in ("lo90", "hi90"):
        if column not in table:
            table[column] = np.nan
    if "verdict" not in table:
        table["verdict"] = "supported"  # a rule of thumb never doubts
    numbers = ["incremental", "lo90", "hi90", "roi"]
    table[numbers] = table[numbers].astype(float)
    table.insert(0, "method", method)
    table.insert(0, "company", company.name)
    return table


def by_company(table: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of each method in each company."""
    best = _best_simple(table).to_dict()
    found = []
    for (company, method), rows in table.groupby(["company", "method"], sort=False):
        able = rows[rows["kind"].isin(ABLE)]
        answered = able[able["incremental"].notna()]
        score: dict[str, str | float] = {
            "company": str(company),
            "method": str(method),
            "wape": _wape(able),
            "wape_said": _wape(answered),
            "roi_error": (answered["roi"] - answered["true_roi"]).abs().median(),
            "sign": (np.sign(answered["roi"]) == np.sign(answered["true_roi"])).mean(),
            "covered": _covered(answered),
            "null_claims": _claims(able[able["kind"] == "null"]),
            "kept_back": _kept_back(rows[rows["kind"].isin(SILENT)]),
            "false_refusals": able["incremental"].isna().mean(),
            "false_flags": (~able["verdict"].isin(FIRM) & able["incremental"].notna()).mean(),
        }
        score["cut"] = 1 - score["wape"] / best[str(company)]
        found.append(score)
    return pd.DataFrame(found)


def by_kind(table: pd.DataFrame) -> pd.DataFrame:
    """Return coverage, relative error and answers of our method by kind of feature."""
    ours = table[table["method"] == KIT]
    found = []
    for kind, rows in ours.groupby("kind"):
        said = rows[rows["incremental"].notna()]
        width = (said["hi90"] - said["lo90"]).sum() / max(said["true"].sum(), 1e-9)
        found.append(
            {
                "kind": kind,
                "features": len(rows),
                "answered": len(said),
                "firm": int(said["verdict"].isin(FIRM).sum()),
                "wape": _wape(said) if said["true"].sum() else np.nan,
                "bias": (said["incremental"] - said["true"]).sum() / max(said["true"].sum(), 1e-9)
                if said["true"].sum()
                else np.nan,
                "covered": _covered(said),
                "below": (said["true"] < said["lo90"]).mean(),
                "above": (said["true"] > said["hi90"]).mean(),
                "width": width if said["true"].sum() else np.nan,
            }
        )
    return pd.DataFrame(found)


def _best_simple(table: pd.DataFrame) -> pd.Series:
    """Return the error of the best simple rule in each company, chosen with the truth in hand."""
    able = table[table["kind"].isin(ABLE) & table["method"].isin(SIMPLE)]
    off = (able["incremental"].fillna(0.0) - able["true"]).abs()
    keys = [able["company"], able["method"]]
    error = off.groupby(keys).sum() / able["true"].groupby(keys).sum()
    best: pd.Series = error.groupby("company").min()
    return best


def _wape(rows: pd.DataFrame) -> float:
    """Return the error in shares of the truth; what was refused counts as nothing said."""
    whole = rows["true"].sum()
    return float((rows["incremental"].fillna(0.0) - rows["true"]).abs().sum() / max(whole, 1e-9))


def _covered(rows: pd.DataFrame) -> float:
    stated = rows[rows["lo90"].notna()]
    return float(((stated["lo90"] <= stated["true"]) & (stated["true"] <= stated["hi90"])).mean())


def _claims(rows: pd.DataFrame) -> float:
    """Return the share of features without effect of which an effect is claimed."""
    said = rows["incremental"].notna() & rows["verdict"].isin(FIRM)
    unsure = (rows["lo90"] <= 0) & (rows["hi90"] >= 0)
    return float((said & ~unsure).mean())


def _kept_back(rows: pd.DataFrame) -> float:
    return float((rows["incremental"].isna() | ~rows["verdict"].isin(FIRM)).mean())


def by_method(scores: pd.DataFrame) -> pd.DataFrame:
    """Return the mean of each score over companies, with the worst error and the least cut."""
    grouped = scores.groupby("method", sort=False)
    table = grouped.mean(numeric_only=True)
    table["wape_worst"] = grouped["wape"].max()
    table["cut_worst"] = grouped["cut"].min()
    return table.reset_index()
