"""One product's part of a book: the same tables, cut to the rows a product report is about."""

from __future__ import annotations

from typing import Any, TypeVar, cast

import numpy as np
import pandas as pd

from pfkit.errors import ParameterError, near_miss

_Book = TypeVar("_Book")

_BY_PRODUCT = frozenset(
    {
        "activity",
        "billing_ledger",
        "actuals",
        "budget",
        "budget_then",
        "cloud",
        "cloud_ledger",
        "commitments",
        "drivers",
        "effort",
        "forecast",
        "initiatives",
        "invoices",
        "currency_amounts",
        "currency_year",
        "join_cells",
        "margins",
        "net_revenue",
        "overrides",
        "products",
        "recognition",
        "recurring",
        "remaining",
        "restatements",
        "revenue",
        "revenue_known",
        "statement",
        "statement_then",
        "subscriptions",
        "usage",
        "volumes",
        "weekly",
    }
)
_BY_INITIATIVE = frozenset({"benefits", "cashflows", "milestones"})
_BY_ROW = frozenset({"comments", "decisions"})
#: Forecasts name their series; that of one product is also the sum of all of it.
_BY_SERIES, _SUM = frozenset({"kept_forecasts"}), "(every series)"
#: What is told of the whole only: no part of it is a product's.
_WHOLE_ONLY = frozenset({"acquisition", "capacity", "carried", "ledger_totals", "spending"})
#: What `attribution` reads is one customer's whole bill, so that no product has it of its own.
_FEATURES = "attribution"
_WHOLE_BILL = (
    "features are measured on all that a customer pays; the report of the whole book shows them"
)


class _OneProduct:
    """A book whose tables hold one product; whatever else is asked comes from the book."""

    def __init__(self, book: object, product: str) -> None:
        self._book = book
        self._product = product
        self._held: dict[str, Any] = {}

    def __getattr__(self, name: str) -> object:
        if name not in self._held:
            found = getattr(self._book, name)
            self._held[name] = self._cut(name, found)
        return self._held[name]

    def vintages(self, name: str) -> pd.DataFrame:
        """Return the product's part of a table as known on every day."""
        return cast("pd.DataFrame", self._cut(name, self._book.vintages(name)))  # type: ignore[attr-defined]

    def _cut(self, name: str, found: Any) -> Any:  # noqa: ANN401 - a table, or anything a book has
        if name in _BY_PRODUCT and "product" in found.columns:
            return found[found["product"] == self._product].reset_index(drop=True)
        if name in _WHOLE_ONLY:
            return found.head(0)
        if name == _FEATURES:
            billing = found["billing"].head(0)
            billing.attrs["reason"] = _WHOLE_BILL
            return found | {"billing": billing}
        if name in _BY_INITIATIVE:
            mine = set(cast("pd.DataFrame", self.initiatives)["initiative"])
            return found[found["initiative"].isin(mine)].reset_index(drop=True)
        if name in _BY_SERIES:
            own = found[(found["by"] == "product") & (found["series"] == self._product)]
            return pd.concat([own, own.assign(series=_SUM)], ignore_index=True)
        if name in _BY_ROW:
            about = [self._names(key) for key in found["row_key"]]
            return found[np.array(about, dtype=bool)].reset_index(drop=True)
        return found

    def _names(self, row_key: object) -> bool:
        parts = [part.strip().casefold() for part in str(row_key).split("|")]
        return self._product.casefold() in parts or _hyphened(self._product) in parts


def only(book: _Book, *, product: str | None) -> _Book:
    """Return a book's part for one product; the whole book where `product` is None.

    Use it after `open_book` for a report on one product. Checks, controls and provenance stay
    those of the whole book: a product is as sound as the book it comes from.

    Parameters
    ----------
    book : Book
        The opened book.
    product : str, optional
        A product of table ``statement``; text, ``007`` is not ``7``.

    Returns
    -------
    Book
        The same tables with the rows of the product; amounts as they were.

    Raises
    ------
    ParameterError
        If the book has no such product, with the near miss.

    Notes
    -----
    Rows that belong to no product, such as shared cost, are not part of it; nothing is
    allocated. Cash flows, milestones and benefits follow their initiative's product.
    """
    if product is None:
        return book
    statement = cast("pd.DataFrame", book.statement)  # type: ignore[attr-defined]
    known = sorted(map(str, statement["product"].dropna().unique()))
    if product not in known:
        raise ParameterError(
            f"there is no product {product!r}",
            where="parameter product",
            advice=near_miss(product, known, noun="product"),
        )
    return cast("_Book", _OneProduct(book, product))


def _hyphened(text: str) -> str:
    return "-".join("".join(m if m.isalnum() else " " for m in text.casefold()).split())
