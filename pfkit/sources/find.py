"""Find the files a source names, inside the data folder and nowhere else."""

from __future__ import annotations

import fnmatch
import os
from pathlib import Path, PurePosixPath, PureWindowsPath

from pfkit.errors import SourceError, closest

_SHOWN = 8
_LISTED = 2000


def find_files(root: Path, pattern: str) -> list[Path]:
    r"""Return the files under a folder that match a pattern, in the order of their names.

    Use it before `read_files`, so that a source that finds nothing says what is there instead.

    Parameters
    ----------
    root : pathlib.Path
        The data folder.
    pattern : str
        Path or glob relative to `root`, with forward slashes, as ``billing/*.csv``.

    Returns
    -------
    list of pathlib.Path
        At least one file. Hidden files and the lock files of office programs are left out.

    Raises
    ------
    SourceError
        If the folder does not exist, the pattern or a link leads out of it, or nothing matches;
        the message lists what is there and the nearest name.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as name:
    ...     folder = Path(name)
    ...     _ = (folder / "b.csv").write_text("x\n1\n")
    ...     _ = (folder / "a.csv").write_text("x\n1\n")
    ...     [path.name for path in find_files(folder, "*.csv")]
    ['a.csv', 'b.csv']
    """
    if not root.is_dir():
        raise SourceError(
            "the data folder does not exist",
            where=str(root),
            advice=f"Name an existing folder; {_what_is_there(root.parent)}",
        )
    _refuse_outside(root, pattern)
    home = root.resolve()
    # Path.glob reads "**" and hides nothing; the filter below hides what nobody means.
    found = sorted(
        (path for path in root.glob(pattern) if path.is_file() and not _is_incidental(path)),
        key=lambda path: path.relative_to(root).as_posix(),
    )
    for path in found:
        if not path.resolve().is_relative_to(home):
            raise SourceError(
                "this link leads out of the data folder",
                where=relative(path, root),
                advice="Copy the file into the data folder, or name its folder with --data.",
            )
    if not found:
        raise SourceError(
            f"no file matches {pattern!r}",
            where=str(root),
            advice=_nearest(root, pattern),
        )
    return found


def relative(path: Path, root: Path) -> str:
    """Return a path as the report names it: relative to the data folder, forward slashes.

    Examples
    --------
    >>> relative(Path("data/billing/may.csv"), Path("data"))
    'billing/may.csv'
    """
    try:
        return path.relative_to(root).as_posix()
    except ValueError:
        pass
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.name


def _refuse_outside(root: Path, pattern: str) -> None:
    windows = PureWindowsPath(pattern)
    absolute = PurePosixPath(pattern).is_absolute() or bool(windows.drive or windows.root)
    if not pattern.strip() or absolute or ".." in windows.parts or "\0" in pattern:
        raise SourceError(
            f"the pattern {pattern!r} leads out of the data folder, or names nothing",
            where=str(root),
            advice="Give a path relative to the data folder, such as 'billing/*.csv'.",
        )


def _is_incidental(path: Path) -> bool:
    return path.name.startswith((".", "~$"))


def _nearest(root: Path, pattern: str) -> str:
    names: list[str] = []
    for folder, inner, files in os.walk(root):
        inner[:] = sorted(name for name in inner if not name.startswith("."))
        names.extend(
            relative(Path(folder) / name, root)
            for name in sorted(files)
            if not _is_incidental(Path(name))
        )
        if len(names) > _LISTED:
            break
    names.sort()
    if not names:
        return "The folder holds no files; put the export there, or name its folder with --data."
    folded = [name for name in names if fnmatch.fnmatch(name.casefold(), pattern.casefold())]
    guess = folded[0] if folded else closest(pattern, names)
    offered = f"The closest file is {guess!r}. " if guess else ""
    return f"{offered}{_listed(names)}"


def _what_is_there(folder: Path) -> str:
    if not folder.is_dir():
        return f"{folder} does not exist either."
    return _listed(sorted(entry.name for entry in folder.iterdir() if not _is_incidental(entry)))


def _listed(names: list[str]) -> str:
    if not names:
        return "there is nothing beside it."
    shown = ", ".join(repr(name) for name in names[:_SHOWN])
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"There is: {shown}{more}."
