"""Headlines, section headings and sentences whose numbers are computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from pfkit.present import setting
from pfkit.present.body import Heading, Note
from pfkit.present.exhibit import Exhibit

if TYPE_CHECKING:
    from pfkit.contracts.about import About


def section(id: str, text: str, *, about: About | None = None, below: str = "") -> Exhibit:  # noqa: A002 - the word for it
    """Return a section heading.

    Parameters
    ----------
    id : str
        The section's name, such as ``M1``; exhibits refer to it.
    text : str
        What the heading says.
    about : About, optional
        The book.
    below : str
        One line under the heading.
    """
    return Exhibit(
        id=id,
        kind="section",
        title=text,
        message=text,
        data=pd.DataFrame(),
        body=Heading(1, text, below),
        as_of=setting.as_of(about),
        alt=text,
        section=id,
    )


def note(id: str, text: str, *, about: About | None = None, section: str = "") -> Exhibit:  # noqa: A002 - the word for it
    """Return one plain sentence as an exhibit.

    Parameters
    ----------
    id : str
        Stable name.
    text : str
        The sentence; it is data, never markup.
    about : About, optional
        The book.
    section : str
        The section it stands in.
    """
    return Exhibit(
        id=id,
        kind="note",
        title="",
        message=text,
        data=pd.DataFrame(),
        body=Note(text),
        as_of=setting.as_of(about),
        alt=text,
        section=section,
    )
