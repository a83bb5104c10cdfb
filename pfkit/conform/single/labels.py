"""What the label columns of a budget sheet are called in agreed words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pfkit.conform.single.form import folded
from pfkit.sources.budget.months import plain
from pfkit.sources.budget.title import names_version

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pfkit.sources.budget import Budget

_NAMES: Final = {
    "product": "product products produkt produkte produit produits producto sku productname "
    "productline businessline brand offering",
    "line": "line lines lineitem item budgetline plline position kostenart expense expensetype "
    "expensecategory costtype costelement category kategorie categorie description bezeichnung "
    "libelle poste nature costcategory label plposition pandlline metric",
    "account": "account accountname accountno accountnumber accountcode glaccount gl konto "
    "kontonummer sachkonto compte cuenta ledgeraccount",
    "cost_center": "costcenter cc kostenstelle department departments dept abteilung centredecout "
    "centerdecout team division function costcentercode bereich departement",
    "owner": "owner owners budgetowner budgetholder responsible responsibleperson verantwortlich "
    "verantwortlicher responsable manager",
}
_KNOWN: Final = {name: agreed for agreed, names in _NAMES.items() for name in names.split()}
#: Headings that divide a statement, and so name no product.
_GROUPS: Final = frozenset(
    "revenue revenues income sales umsatz umsatze erlose ertrage produits ingresos cost costs "
    "expense expenses kosten aufwand aufwendungen charges gastos opex capex cogs personnel "
    "personal staff payroll people overhead overheads marketing administration general operating "
    "investments material materials other".split()
)
_ASIDE: Final = frozenset(
    "comment comments note notes remark remarks status code id no nr type".split()
)


def agreed_labels(labels: Sequence[str]) -> tuple[dict[str, list[str]], list[str]]:
    """Return the label columns behind each agreed column, and those that have no agreed name.

    A table without a line or an account takes its last unnamed label for the line.

    Examples
    --------
    >>> agreed_labels(["Produkt", "Expense type", "Comment"])
    ({'product': ['Produkt'], 'line': ['Expense type']}, ['Comment'])
    >>> agreed_labels(["Product", "What"])[0]
    {'product': ['Product'], 'line': ['What']}
    """
    found: dict[str, list[str]] = {}
    rest = []
    for label in labels:
        agreed = _KNOWN.get(folded(plain(label)))
        if agreed is None:
            rest.append(label)
        else:
            found.setdefault(agreed, []).append(label)
    if "line" not in found and "account" not in found and rest:
        first = next((label for label in rest if not _aside(label)), None)
        if first is not None:
            found["line"] = [first]
            rest.remove(first)
    return found, rest


def _aside(label: str) -> bool:
    return bool(set(plain(label).split()) & _ASIDE)


def product_from(budget: Budget) -> str:
    """Return the column of a sheet that names the product where no label does, or nothing.

    Headings above the lines name products unless they divide a statement; sheets do where there
    are several that name no version.
    """
    headings = {name for name in budget.table.column("section").to_pylist() if name}
    if headings and not all(_divides(heading) for heading in headings):
        return "section"
    several = len(budget.sheets) > 1
    if several and not any(names_version(sheet) for sheet in budget.sheets):
        return "sheet"
    return ""


def _divides(heading: str) -> bool:
    return bool(set(plain(heading).split()) & _GROUPS)
