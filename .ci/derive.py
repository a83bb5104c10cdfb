"""Write the files that follow from others: requirements/, environment.yml, docs/dictionary.md.

Of docs/adapters.md it writes the list of adapters.

Run it with ``.venv/bin/python .ci/derive.py`` after `uv lock` or a change of a contract; a test
keeps each of them equal to what this makes. ``.ci/derive.py guides`` runs the guide notebooks
again and keeps what they show.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV = Path(sys.executable).with_name("uv")
HEAD = "# Made from {source} by .ci/derive.py; change it there.\n"
LISTED = "## The adapters"
GROUPS = {
    "setup": ["--only-group", "setup"],
    "run": ["--no-dev", "--group", "build"],
    "test": ["--group", "dev"],
}


def requirements(group: str) -> str:
    """Return the locked packages of a group with their hashes and no address, as pip reads them."""
    command = [str(UV), "export", "--quiet", "--frozen", "--offline", "--no-header"]
    command += ["--no-annotate", "--no-emit-project", *GROUPS[group]]
    done = subprocess.run(  # noqa: S603 -- the command is written here
        command, cwd=ROOT, check=True, capture_output=True, text=True
    )
    return HEAD.format(source="uv.lock") + done.stdout


def environment() -> str:
    """Return the conda environment: Python from conda-forge, the rest as pyproject.toml asks."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pip = [*project["dependencies"], "-e ."]
    lines = [
        HEAD.format(source="pyproject.toml").rstrip(),
        f"name: {project['name']}",
        "channels:",
        "  - conda-forge",
        "dependencies:",
        f'  - "python{project["requires-python"]}"',
        "  - pip",
        "  - pip:",
        *(f'      - "{line}"' for line in pip),
    ]
    return "\n".join(lines) + "\n"


def dictionary() -> str:
    """Return the data dictionary that the contracts give."""
    from pfkit import contracts

    return contracts.dictionary()


def adapters() -> str:
    """Return the page on adapters with the list of those that come along."""
    from pfkit.conform.adapters.listed import table

    text = (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8")
    head, _, rest = text.partition(LISTED)
    foot = rest[rest.index("\n## ") :]
    return f"{head}{LISTED}\n\n{table()}\n{foot}"


DERIVED = [*(f"requirements/{group}.txt" for group in GROUPS), "environment.yml"]
DERIVED += ["docs/dictionary.md", "docs/adapters.md"]


def derived(name: str) -> str:
    """Return the text of one derived file."""
    if name.startswith("requirements/"):
        return requirements(Path(name).stem)
    if name == "docs/adapters.md":
        return adapters()
    return environment() if name == "environment.yml" else dictionary()


def guides() -> None:
    """Run the guide notebooks and keep their outputs, without times and versions."""
    import nbformat
    from nbclient import NotebookClient

    for path in sorted((ROOT / "notebooks" / "guide").glob("*.ipynb")):
        notebook = nbformat.read(str(path), as_version=4)  # type: ignore[no-untyped-call]
        resources = {"metadata": {"path": str(path.parent)}}
        NotebookClient(notebook, resources=resources, record_timing=False).execute()
        notebook.metadata["language_info"] = {"name": "python"}
        nbformat.write(notebook, str(path))  # type: ignore[no-untyped-call]
        print(f"ran {path.relative_to(ROOT)}")


def main(arguments: list[str]) -> None:
    """Write the files that differ, and name them."""
    if arguments == ["guides"]:
        guides()
        return
    for name in DERIVED:
        target = ROOT / name
        text = derived(name)
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8", newline="\n")
            print(f"wrote {name}")


if __name__ == "__main__":
    main(sys.argv[1:])
