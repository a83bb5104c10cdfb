"""What features earned, by rules of thumb and by the kit, beside the truth of made-up companies.

Every seed is another company, of two families and two regimes of growth in turn. WAPE is the error
of incremental revenue per feature in shares of the true total, over the features whose effect
the tables can tell (by lot, by choice, null); what a method refuses counts there as nothing said.
`--cells` keeps every answer beside its truth, `--page` writes what they come to. The last lines
say the scorecard's ROI tracking accuracy; `bench._attributed_tracking.tracking(pd.read_csv(FILE))`
brings it from kept cells to a report, as ``benchmark`` of `pf.tables.roi_accuracy`.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from bench._attributed import simulate
from bench._attributed_ours import DRAWS, kit
from bench._attributed_page import page
from bench._attributed_rules import RULES, panel
from bench._attributed_scores import KIT, by_company, by_kind, by_method, cells
from bench._attributed_tracking import line, tracking

if TYPE_CHECKING:
    from bench._attributed import Company

GROWTH = ("steady", "drifting")
#: Scores as printed: their column, head and form.
PRINTED = (
    ("wape", "WAPE", "{:.3f}"),
    ("wape_worst", "worst", "{:.2f}"),
    ("wape_said", "of said", "{:.3f}"),
    ("cut", "cut", "{:+.0%}"),
    ("cut_worst", "worst", "{:+.0%}"),
    ("roi_error", "ROI off", "{:.2f}"),
    ("sign", "sign", "{:.0%}"),
    ("covered", "in 90 %", "{:.1%}"),
    ("null_claims", "null cl.", "{:.0%}"),
    ("kept_back", "kept back", "{:.0%}"),
    ("false_refusals", "wrongly", "{:.0%}"),
    ("false_flags", "doubted", "{:.0%}"),
)
HEADS = (
    "WAPE: mean and worst company; of said: over answered features alone; cut: error less than\n"
    "the best simple rule's in the company, mean and least; ROI off: median; sign: of ROI, right;\n"
    "in 90 %: true amounts inside their intervals; null cl.: null features claimed; kept back:\n"
    "forced, after a shock, tiny and pairs refused or flagged; wrongly: refused though tellable;\n"
    "doubted: flagged though answered and tellable"
)


def company_of(seed: int, accounts: int, months: int, features: int) -> Company:
    """Return the company of a seed: families in turn, growth in turn every second."""
    growth = GROWTH[(seed // 2) % len(GROWTH)]
    return simulate(seed, accounts, months, growth=growth, features=features)


def by_rules(company: Company) -> list[pd.DataFrame]:
    """Return what each rule of thumb says of a company, beside its truth."""
    known = panel(company)
    found = []
    for name, rule in RULES.items():
        said = pd.DataFrame({"feature": known.features, "incremental": rule(known)})
        found.append(cells(company, name, said))
    return found


def _lines(scores: pd.DataFrame) -> list[str]:
    """Return the scores of each method, one line each."""
    head = f"{'':<26}" + "".join(f"{label:>10}" for _, label, _ in PRINTED)
    found = [head]
    for row in by_method(scores).to_dict("records"):
        texts = ["" if pd.isna(row[name]) else form.format(row[name]) for name, _, form in PRINTED]
        found.append(f"{row['method']:<26}" + "".join(f"{text:>10}" for text in texts))
    return found


def _run(given: argparse.Namespace) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return every answer beside its truth, and what the kit's own took, by company."""
    answers, costs = [], []
    for seed in range(given.first, given.first + given.seeds):
        company = company_of(seed, given.accounts, given.months, given.features)
        answers += by_rules(company)
        if given.rules:
            continue
        ours = kit(company, given.draws)
        answers.append(cells(company, KIT, ours.said))
        costs.append(vars(ours))
        score = by_company(pd.concat(answers[-len(RULES) - 1 :], ignore_index=True)).iloc[-1]
        print(
            f"{company.name:<36} WAPE {score['wape']:6.3f}, cut {score['cut']:+5.0%}, in 90 % "
            f"{score['covered']:4.0%}, {ours.seconds:5.1f} s, {ours.memory:,.0f} MB, "
            f"residual {ours.residual:.2f}",
            flush=True,
        )
    return pd.concat(answers, ignore_index=True), pd.DataFrame(costs)


def main(arguments: list[str]) -> int:
    """Print the scores."""
    parser = argparse.ArgumentParser(prog="python -m bench attribution", description=__doc__)
    parser.add_argument("--seeds", type=int, default=20, help="companies")
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--accounts", type=int, default=5000, help="customers of each")
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--features", type=int, default=12)
    parser.add_argument("--draws", type=int, default=DRAWS, help="of the kit's intervals")
    parser.add_argument("--rules", action="store_true", help="rules of thumb only")
    parser.add_argument("--cells", type=Path, help="CSV of every answer beside its truth")
    parser.add_argument("--page", type=Path, help="HTML page of the distribution")
    given = parser.parse_args(arguments)
    answers, costs = _run(given)
    scores = by_company(answers)
    title = f"{given.seeds} companies of {given.accounts:,} customers"
    print(f"\n{title}\n{HEADS}\n")
    print("\n".join(_lines(scores)))
    if not given.rules:
        print(f"\nby kind of feature\n{by_kind(answers).to_string(index=False)}")
        print(f"\n{line(tracking(answers))}")
        print(
            f"\nledger residual at most {costs['residual'].max():.2f}; seconds "
            f"{costs['seconds'].median():.1f} in the middle, {costs['seconds'].max():.1f} at most; "
            f"memory {costs['memory'].max():,.0f} MB at most, tables included"
        )
    if given.cells:
        answers.to_csv(given.cells, index=False)
    if given.page:
        given.page.write_text(page(answers, scores, title), encoding="utf-8")
    return 0
