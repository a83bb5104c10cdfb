"""How far from what was spent and received are the months of a year's amount, by each profile.

Each category's real amount for a fiscal year is taken as if it had been budgeted on the year's
first day, divided over its months with what was known on that day, and set beside the months as
they came. A budget has errors of its own; here only the division has.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pfkit as pf

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).resolve().parents[1]
_PROFILES = ("even", "4-4-5", "seasonal")


def divided(data: Path, *, years: int = 5) -> pd.DataFrame:
    """Return every month of every category: what came, and what each profile said.

    Parameters
    ----------
    data : pathlib.Path
        The folder of the city's published tables.
    years : int
        How many years of actuals a season is read from at most.
    """
    book = pf.open_book(HERE / "examples" / "philadelphia-cash", data=data)
    actuals, calendar = book.actuals, book.calendar
    year = actuals["period"].map(calendar.fiscal_year_of)
    months = actuals.groupby([year.rename("year"), "account", "period"])["amount"].sum()
    came = months.reset_index()
    whole = came.groupby(["year", "account"])["period"].transform("nunique") == 12  # noqa: PLR2004
    came = came[whole]
    budget = came.groupby(["year", "account"])["amount"].sum().round(2).reset_index()
    budget["period"] = [calendar.months_of_year(year)[-1] for year in budget["year"]]
    budget["known_on"] = [calendar.fiscal_year_period(year).first for year in budget["year"]]
    stated = book.vintages("actuals")
    for profile in _PROFILES:
        said = pf.phase(
            budget.drop(columns="year").assign(span="year", version="real"),
            calendar=calendar,
            profile=profile,  # type: ignore[arg-type]
            actuals=stated,
            accounts=book.accounts,
            years=years,
        )[["account", "period", "amount", "reason"]]
        names = {"amount": profile, "reason": f"{profile}_reason"}
        said = said.rename(columns=names)
        came = came.merge(said, on=["account", "period"], validate="1:1")
    return came


def main(arguments: list[str]) -> int:
    """Print the error of each profile, over categories and by year."""
    parser = argparse.ArgumentParser(prog="python -m bench phasing", description=__doc__)
    shared = Path(os.environ.get("PFKIT_SHARED", HERE.parent / "shared"))
    parser.add_argument("--data", type=Path, default=shared / "data" / "real" / "budget")
    parser.add_argument("--years", type=int, default=5, help="years a season is read from at most")
    chosen = parser.parse_args(arguments)
    found = divided(chosen.data, years=chosen.years)
    read = found[found["seasonal_reason"] == ""]
    print(
        f"{found.groupby(['year', 'account']).ngroups} category-years of 12 months, a season known "
        f"for {read.groupby(['year', 'account']).ngroups}"
    )
    for profile in _PROFILES:
        error = (read[profile] - read["amount"]).abs().sum() / read["amount"].abs().sum()
        print(f"{profile:>9}: {error:.1%} of what came stands in another month")
    keys = [read["year"], read["account"]]
    missed = {name: (read[name] - read["amount"]).abs().groupby(keys).sum() for name in _PROFILES}
    nearer = (missed["seasonal"] < missed["even"]).mean()
    print(f"seasonal is nearer than even in {nearer:.0%} of category-years")
    return 0
