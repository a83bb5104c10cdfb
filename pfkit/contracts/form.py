"""The form in a report's workbook: what goes out beside each row, and comes back filled in."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

#: What the hidden sheet begins with: the form, and its edition.
FORM = "pfkit comments 1"
#: The sheet that lists every row to comment, and the hidden one that says what stood on it.
TO_COMMENT = "To comment"
REGISTER = "pfkit form"
#: Beside it stands the day the comments were written.
DAY_LABEL = "Day of these comments"
#: What names a line of the form, in the hidden sheet and in `TO_COMMENT`.
KEYS = ("exhibit", "row_key", "decision")
KEY_LABELS = ("Exhibit", "Row", "Decision number")
_UNSEEN = {"Cc", "Cs"}
_TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
#: A spreadsheet holds no longer text in a cell.
LONGEST = 32_767


@dataclass(frozen=True)
class Field:
    """One column to be filled in.

    Attributes
    ----------
    name : str
        How the form calls it.
    label : str
        The head it is printed under; no exhibit has a column of the same.
    table, column : str
        The agreed table it comes in as, and the column there.
    kind : str
        ``text``, ``name`` (of a person, on one line), ``date`` or ``status``.
    """

    name: str
    label: str
    table: Literal["comments", "decisions"]
    column: str
    kind: Literal["text", "name", "date", "status"] = "text"


FIELDS = (
    Field("comment", "Comment", "comments", "text"),
    Field("author", "Comment by", "comments", "author", "name"),
    Field("approved_by", "Comment approved by", "comments", "approved_by", "name"),
    Field("comment_status", "Comment status", "comments", "status", "status"),
    Field("decision_text", "Decision", "decisions", "text"),
    Field("owner", "Decision owner", "decisions", "owner", "name"),
    Field("due_on", "Decision due on", "decisions", "due_on", "date"),
    Field("decision_status", "Decision status", "decisions", "status", "status"),
)


def cell_text(text: str) -> str:
    r"""Return a text as a cell of the form holds it: plain line ends, nothing that cannot be seen.

    Notes
    -----
    Joiners inside words of some scripts stay; marks that turn the direction of a text around go.

    Examples
    --------
    >>> cell_text("a\r\nb\x00c ")
    'a\nbc'
    """
    lines = "\n".join(text.splitlines())
    kept = "".join(
        c
        for c in lines
        if c in "\n\t" or (unicodedata.category(c) not in _UNSEEN and c not in _TURNS)
    )
    return kept.strip()[:LONGEST]
