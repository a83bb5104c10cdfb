"""What may be said of each feature, and why not more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.stats import chi2_contingency, chisquare

from pfkit.measures.attribution.adoption import NEVER
from pfkit.measures.attribution.billing import month_label

if TYPE_CHECKING:
    from pfkit.measures.attribution.adoption import Adoption
    from pfkit.measures.attribution.billing import Codes
    from pfkit.measures.attribution.estimate import Estimate
    from pfkit.measures.attribution.panel import Panel
    from pfkit.measures.medians import Array, Flags

#: Verdicts that carry a number.
NUMBERED: Final = ("randomised", "supported", "fragile")
BEFORE: Final = 6
AFTER: Final = 4
FEWEST: Final = 100
#: Share of those there that take a feature up in one month, from which nobody is left to compare.
EVERYONE: Final = 0.9
WATCHED_P: Final = 0.05
TOGETHER: Final = 0.95
NEARLY: Final = 0.8
#: p-value below which waves are not of the sizes, or not alike, as lots would be.
RATIO_P: Final = 0.001
EARLY: Final = 0.05
_HOLDOUT: Final = "a rollout by lot, or a holdout"


@dataclass
class Verdict:
    """What may be said of a feature."""

    verdict: str = ""
    reasons: list[str] = field(default_factory=list)
    needs: list[str] = field(default_factory=list)

    def refuse(self, verdict: str, reason: str, need: str) -> None:
        """Say no; the first refusal names the verdict."""
        self.verdict = self.verdict or verdict
        self.reasons.append(reason)
        if need not in self.needs:
            self.needs.append(need)


@dataclass(frozen=True)
class Facts:
    """What verdicts rest on, by feature.

    Attributes
    ----------
    adopters : numpy.ndarray
        Customers that were there before and after their first use.
    users : numpy.ndarray
        Customers that ever used it.
    peak : numpy.ndarray
        Largest share of those there that took it up in one month.
    peak_month : numpy.ndarray
        That month.
    together : numpy.ndarray
        Features × features: correlation of being in use.
    to_all : numpy.ndarray
        Whether it came to all at once, so that no column of its own can be fitted.
    """

    adopters: Codes
    users: Codes
    peak: Array
    peak_month: Codes
    together: Array
    to_all: Flags


def facts(panel: Panel, adopted: Adoption) -> Facts:
    """Return what verdicts rest on."""
    first, months = adopted.first, panel.months
    there = panel.there()
    used = first < months
    both = used & (first > panel.entry[:, None]) & (first < panel.leave[:, None])
    peak, when = np.zeros(first.shape[1]), np.zeros(first.shape[1], dtype=np.int64)
    at = np.arange(months)[None, :]
    for one in range(first.shape[1]):
        # entrants that start with the feature have no month before it
        old = there & (at > panel.entry[:, None])
        took = (old & (at == first[:, [one]])).sum(0)
        share = took / np.maximum(old.sum(0), 1)
        enough = took >= min(FEWEST, max(1, int(took.max())))
        when[one] = int(np.where(enough, share, -1.0).argmax())
        peak[one] = float(share[when[one]])
    said = np.array([how == "forced" for how in adopted.how], dtype=bool)
    to_all = said | ((peak >= EVERYONE) & (both.sum(0) >= FEWEST))
    return Facts(both.sum(0), used.sum(0), peak, when, _together(panel, first, there), to_all)


def _together(panel: Panel, first: Codes, there: Flags) -> Array:
    """Return the correlation of being in use, over the months that customers are there."""
    at = np.arange(panel.months)[None, :, None]
    use = ((at >= first[:, None, :]) & there[:, :, None])[there].astype(np.float64)
    if len(use) == 0:
        return np.eye(first.shape[1])
    use -= use.mean(0)
    size = np.sqrt(np.maximum((use**2).sum(0), 1e-12))
    return np.asarray((use / size).T @ (use / size))


def structural(panel: Panel, adopted: Adoption, known: Facts) -> list[Verdict]:
    """Return what can be refused before anything is fitted."""
    found = []
    for one in range(len(adopted.features)):
        verdict = Verdict()
        _dated(verdict, panel, adopted, one)
        if not verdict.verdict:
            _window(verdict, panel, int(adopted.release[one]))
            _everyone(verdict, panel, adopted, known, one)
            _few(verdict, known, one)
        found.append(verdict)
    for one in range(len(found)):
        _pairs(found[one], adopted, known, one)
    return found


def _dated(verdict: Verdict, panel: Panel, adopted: Adoption, one: int) -> None:
    early, users = int(adopted.early[one]), int((adopted.first[:, one] < panel.months).sum())
    if adopted.release[one] >= NEVER:
        verdict.refuse(
            "descriptive",
            f"{users:,} customers use it, and no release is recorded: there is no before",
            "the month of its release",
        )
    elif early > max(1, EARLY * (early + users)):
        month = month_label(panel.first + int(adopted.release[one]))
        verdict.refuse(
            "not_identified",
            f"{early:,} customers used it before its release in {month}",
            "a release month that agrees with usage",
        )


def _window(verdict: Verdict, panel: Panel, release: int) -> None:
    before, after = release, panel.months - release
    if before < BEFORE:
        verdict.refuse(
            "not_identified",
            f"{max(before, 0)} months before the release, fewer than {BEFORE}",
            "billing from further back",
        )
    if after < AFTER:
        verdict.refuse(
            "not_identified",
            f"{max(after, 0)} months since the release, fewer than {AFTER}",
            "a few months more",
        )


def _everyone(verdict: Verdict, panel: Panel, adopted: Adoption, known: Facts, one: int) -> None:
    if not known.to_all[one]:
        return
    if adopted.how[one] == "forced":
        verdict.refuse(
            "not_identified",
            "it came to all customers at once: nobody is left to compare",
            _HOLDOUT,
        )
    else:
        month = month_label(panel.first + int(known.peak_month[one]))
        verdict.refuse(
            "not_identified",
            f"{100 * known.peak[one]:.0f} % of customers took it up in {month}: "
            "nobody is left to compare",
            _HOLDOUT,
        )


def _few(verdict: Verdict, known: Facts, one: int) -> None:
    count = int(known.adopters[one])
    if count < FEWEST:
        text = f"{count} customers took it up" if known.users[one] else "nobody used it"
        if count != known.users[one] and known.users[one]:
            text = f"{count} of {known.users[one]:,} users were customers before and after"
        verdict.refuse("too_few", f"{text}, fewer than {FEWEST}", "more customers that use it")


def _pairs(verdict: Verdict, adopted: Adoption, known: Facts, one: int) -> None:
    if verdict.verdict:
        return
    for other in range(len(adopted.features)):
        r = float(known.together[one, other])
        if other != one and r > TOGETHER:
            verdict.refuse(
                "not_identified",
                f"taken up together with {adopted.features[other]} (r = {r:.2f}): "
                "the two cannot be told apart",
                f"customers that have only one of {adopted.features[one]} and "
                f"{adopted.features[other]}",
            )


def ratio_check(panel: Panel, adopted: Adoption, one: int) -> tuple[float, float]:
    """Return the p-values of a feature's waves being of equal size, and alike by cell.

    Customers count that came before the release; who came later may have been sorted otherwise.
    """
    wave = adopted.wave[:, one]
    mine = (wave >= 0) & (panel.entry < adopted.release[one]) & (panel.leave > adopted.release[one])
    waves, number = np.unique(wave[mine], return_inverse=True)
    if len(waves) < 2:  # noqa: PLR2004 - one wave is no lot
        return 0.0, 0.0
    size = np.bincount(number)
    table = np.zeros((len(waves), int(panel.cell.max()) + 1))
    np.add.at(table, (number, panel.cell[mine]), 1.0)
    table = table[:, table.sum(0) > 0]
    alike = float(chi2_contingency(table).pvalue) if table.shape[1] > 1 else 1.0
    return float(chisquare(size).pvalue), alike


def by_lot(panel: Panel, adopted: Adoption, found: list[Verdict]) -> tuple[Flags, list[str]]:
    """Return which features were given out by lot, and what is odd about those that say so."""
    said = np.array([how == "randomized" for how in adopted.how])
    true, why = np.zeros(len(said), dtype=bool), [""] * len(said)
    for one in np.flatnonzero(said).tolist():
        if found[one].verdict:
            continue
        size, alike = ratio_check(panel, adopted, one)
        if alike < RATIO_P:
            why[one] = f"waves are not alike as lots would be (sample ratio p = {alike:.2g})"
        elif not bool((adopted.wave[:, one] >= 0).any()):
            why[one] = "said to go by lot, but no customer's wave is given"
        else:
            true[one] = True
            if size < RATIO_P:
                why[one] = f"waves differ in size (p = {size:.2g}), alike otherwise"
    return true, why


def judged(
    found: list[Verdict],
    adopted: Adoption,
    known: Facts,
    *,
    fit: Estimate,
    lots: Flags,
    ratio: list[str],
) -> list[Verdict]:
    """Return the verdicts, with what the fit says of the months before first use."""
    for one, verdict in enumerate(found):
        if verdict.verdict:
            continue
        p, mean = float(fit.leads.p[one]), float(fit.leads.mean[one])
        moved = f"revenue of those who took it up was {100 * np.expm1(mean):+.1f} % off its trend"
        if lots[one]:
            verdict.verdict = "randomised"
            verdict.reasons.append("given out by lot, waves alike")
            if fit.swayed[one]:
                verdict.reasons.append("use within waves follows revenue: growth is that of waves")
        elif fit.follows[one]:
            verdict.refuse(
                "not_identified",
                f"{moved} in the 3 months before first use (p {_p(p)}): use follows revenue",
                _HOLDOUT,
            )
        else:
            _supported(verdict, p, moved, _near(adopted, known, one))
        if ratio[one]:
            verdict.reasons.append(ratio[one])
            if not lots[one] and verdict.verdict == "supported":
                verdict.verdict = "fragile"
    return found


def _supported(verdict: Verdict, p: float, moved: str, near: str) -> None:
    verdict.verdict = "supported"
    if np.isfinite(p):
        verdict.reasons.append(f"revenue kept its trend before first use (p = {p:.2f})")
    else:
        verdict.verdict = "fragile"
        verdict.reasons.append("no month before first use to compare with")
    if p < WATCHED_P:
        verdict.verdict = "fragile"
        verdict.reasons[-1] = f"{moved} in the 3 months before first use (p {_p(p)})"
        verdict.needs.append(_HOLDOUT)
    if near:
        verdict.verdict = "fragile"
        verdict.reasons.append(near)


def _near(adopted: Adoption, known: Facts, one: int) -> str:
    others = np.where(np.arange(len(adopted.features)) == one, -1.0, known.together[one])
    other = int(others.argmax())
    if others[other] <= NEARLY:
        return ""
    return f"mostly taken up together with {adopted.features[other]} (r = {others[other]:.2f})"


def _p(p: float) -> str:
    return f"= {p:.2g}" if p >= 0.001 else "< 0.001"  # noqa: PLR2004
