"""The last look before anything is written: what an output may not show is masked there too."""

from __future__ import annotations

from typing import TypeVar, cast

from pfkit.contracts.personal import DOUBTS, mask

_Held = TypeVar("_Held")


def guarded(held: _Held, *, addresses: bool = False) -> _Held:
    """Return the same lists, mappings and texts with addresses and secrets masked.

    Tables come masked out of their book; what else stands on a page (names and reasons declared
    in ``book.toml``, sentences of a notebook) passes here.

    Parameters
    ----------
    held : object
        Nested lists and mappings of plain values, as JSON holds them.
    addresses : bool
        Let e-mail addresses through, because the book allows them in some column.

    Returns
    -------
    object
        Equal to `held` but for the texts that were masked. Numbers and tokens that may be
        identifiers stay: only a column can tell, and it has told before.

    Examples
    --------
    >>> guarded({"rule": ["as joe@example.com said", 3]})
    {'rule': ['as [e-mail] said', 3]}
    """
    if isinstance(held, str):
        keep = frozenset({"e-mail"}) if addresses else frozenset[str]()
        return cast("_Held", mask(held, doubts=DOUBTS, keep=keep))
    if isinstance(held, dict):
        named = {key: guarded(value, addresses=addresses) for key, value in held.items()}
        return cast("_Held", named)
    if isinstance(held, (list, tuple)):
        return cast("_Held", type(held)(guarded(value, addresses=addresses) for value in held))
    return held
