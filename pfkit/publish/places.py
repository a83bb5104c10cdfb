"""Where templates, notebooks and fonts lie, in a checkout as in an installed wheel."""

from __future__ import annotations

from pathlib import Path

from pfkit.errors import ReportError

_PACKAGE = Path(__file__).parents[1]


def templates() -> Path:
    """Return the folder of the report templates.

    Raises
    ------
    ReportError
        If neither the checkout nor the package holds it.

    Examples
    --------
    >>> (templates() / "html" / "page.html.j2").is_file()
    True
    """
    return _either("templates", "_templates")


def notebooks() -> Path:
    """Return the folder of the report notebooks.

    Raises
    ------
    ReportError
        If neither the checkout nor the package holds it.

    Examples
    --------
    >>> (notebooks() / "monthly.ipynb").is_file()
    True
    """
    return _either("notebooks", "_notebooks")


def fonts() -> Path:
    """Return the folder of the font files that travel with the package.

    Examples
    --------
    >>> sorted(path.suffix for path in fonts().iterdir())[-1]
    '.ttf'
    """
    return _PACKAGE / "present" / "fonts"


def exhibit_style() -> str:
    """Return the style sheet of the exhibits, the same in JupyterLab and in a report."""
    return (_PACKAGE / "present" / "report.css").read_text(encoding="utf-8")


def _either(in_checkout: str, in_wheel: str) -> Path:
    places = (_PACKAGE / in_wheel, _PACKAGE.parent / in_checkout)
    for place in places:
        if place.is_dir():
            return place
    raise ReportError(
        f"the folder {in_checkout!r} is missing",
        where=f"pfkit in {_PACKAGE}",
        advice="Install pfkit again; its wheel and its checkout both carry this folder.",
    )
