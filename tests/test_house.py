"""The house: who may import whom, and the form every module and notebook keeps."""

from __future__ import annotations

import ast
import json
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(__file__).resolve().parents[1] / "pfkit"
NOTEBOOKS = PACKAGE.parent / "notebooks"

# the table of rooms: a room, and the rooms it may import besides itself and the open ones
MAY_IMPORT = {
    "contracts": set[str](),
    "sources": set[str](),
    "conform": {"contracts", "sources"},
    "measures": {"contracts"},
    "present": {"contracts", "measures"},
    "publish": {"present"},
    "errors": set[str](),
    "period": set[str](),
    "money": set[str](),
}
OPEN = {"errors", "period", "money"}
REACH_ACROSS = {"book", "demo", "cli", "__init__", "__main__"}
OTHER_TEST_FOLDERS = {
    "closes",
    "corpus",
    "docs",
    "examples",
    "notebooks",
    "organizations",
    "published",
}


def _modules(package: Path) -> dict[str, Path]:
    """Return every module of a package by its dotted name."""
    found = {}
    for path in sorted(package.rglob("*.py")):
        parts = path.relative_to(package.parent).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def _targets(node: ast.AST, module: str, *, is_package: bool) -> list[str]:
    """Return what an import statement or an import_module call names."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            above = module.split(".")[: None if is_package and node.level == 1 else -node.level]
            if is_package and node.level > 1:
                above = module.split(".")[: 1 - node.level]
            base = ".".join([*above, *([node.module] if node.module else [])])
        return [f"{base}.{alias.name}" for alias in node.names]
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
        return [str(arg.value) for arg in node.args[:1] if isinstance(arg, ast.Constant)]
    return []


def _resolve(target: str, modules: dict[str, Path]) -> str | None:
    """Return the module of the package that an imported dotted name belongs to."""
    parts = target.split(".")
    for length in range(len(parts), 0, -1):
        if (name := ".".join(parts[:length])) in modules:
            return name
    return None


def _imports(package: Path) -> Iterator[tuple[str, int, str, bool]]:
    """Yield importer, line, imported module, and whether it happens when the module loads."""
    modules = _modules(package)
    for module, path in modules.items():
        tree = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
        late: set[ast.AST] = set()
        for node in ast.walk(tree):
            deferred = isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)) or (
                isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            )
            if deferred:
                late.update(ast.walk(node))
        for node in ast.walk(tree):
            for target in _targets(node, module, is_package=path.name == "__init__.py"):
                name = _resolve(target, modules)
                if name is not None and name != module:
                    yield module, getattr(node, "lineno", 0), name, node not in late


def wrong_imports(package: Path) -> list[str]:
    """Return every import that the table of rooms does not allow."""
    wrong = []
    for module, line, imported, _ in _imports(package):
        room, other = _room(module), _room(imported)
        if room in REACH_ACROSS or room == other or other in OPEN:
            continue
        if room not in MAY_IMPORT:
            wrong.append(f"{module}:{line} stands in no room of the table")
        elif other not in MAY_IMPORT[room]:
            wrong.append(f"{module}:{line} imports {imported}: {room} may not import {other}")
    return wrong


def import_cycle(package: Path) -> list[str]:
    """Return the modules of an import cycle that exists while modules load, or nothing."""
    graph: dict[str, set[str]] = {}
    for module, _, imported, at_load in _imports(package):
        # a module's own package is being loaded already, and that is no cycle of its making
        if at_load and not module.startswith(f"{imported}."):
            graph.setdefault(module, set()).add(imported)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as cycle:
        return [str(name) for name in cycle.args[1]]
    return []


def _plant(folder: Path, files: dict[str, str]) -> Path:
    package = folder / "pfkit"
    for name, text in files.items():
        target = package / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        if target.parent != package:
            (target.parent / "__init__.py").touch()
    (package / "__init__.py").touch()
    return package


def test_rooms_import_only_what_the_table_allows() -> None:
    assert wrong_imports(PACKAGE) == []


def test_no_import_cycle() -> None:
    assert import_cycle(PACKAGE) == []


@pytest.mark.parametrize(
    ("where", "text", "said"),
    [
        ("measures/roi.py", "from pfkit.sources import raw", "measures may not import sources"),
        ("measures/roi.py", "import pfkit.sources.raw", "measures may not import sources"),
        ("measures/roi.py", "from ..sources.raw import x", "measures may not import sources"),
        ("measures/roi.py", "from pfkit import sources", "measures may not import sources"),
        ("measures/roi.py", "def f():\n    from pfkit.sources import raw", "may not import"),
        ("measures/roi.py", "if TYPE_CHECKING:\n    from pfkit.sources import raw", "may not"),
        ("measures/roi.py", "importlib.import_module('pfkit.sources.raw')", "may not import"),
        ("measures/roi.py", "import pfkit", "measures may not import __init__"),
        ("sources/csv.py", "from pfkit.contracts import x", "sources may not import contracts"),
        ("present/look.py", "from pfkit.book import Book", "present may not import book"),
        ("publish/run.py", "from pfkit.measures import roi", "publish may not import measures"),
        ("errors.py", "from pfkit.measures import roi", "errors may not import measures"),
        ("attic/old.py", "from pfkit.sources import raw", "stands in no room"),
    ],
)
def test_a_planted_wrong_import_is_seen(tmp_path: Path, where: str, text: str, said: str) -> None:
    package = _plant(
        tmp_path,
        {"sources/raw.py": "", "measures/roi.py": "", "contracts/x.py": "", "book.py": ""}
        | {where: text},
    )
    found = wrong_imports(package)
    assert len(found) == 1, found
    assert said in found[0]
    assert f":{2 if 'def ' in text or 'if ' in text else 1}" in found[0]


def test_what_the_table_allows_is_left_alone(tmp_path: Path) -> None:
    package = _plant(
        tmp_path,
        {
            "errors.py": "",
            "sources/raw.py": "from pfkit.errors import SourceError",
            "conform/load.py": "from pfkit.sources import raw\nfrom . import rules",
            "conform/rules.py": "import pandas",
            "book.py": "from pfkit.conform import load\nfrom pfkit import publish",
            "publish/run.py": "from pfkit.present import look",
            "present/look.py": "",
        },
    )
    assert wrong_imports(package) == []
    assert import_cycle(package) == []


def test_a_planted_cycle_is_seen(tmp_path: Path) -> None:
    package = _plant(
        tmp_path,
        {
            "conform/load.py": "from pfkit.conform import rules",
            "conform/rules.py": "from pfkit.conform.parse import number",
            "conform/parse.py": "import pfkit.conform.load",
        },
    )
    assert {"pfkit.conform.load", "pfkit.conform.rules"} <= set(import_cycle(package))


@pytest.mark.parametrize("name", sorted(_modules(PACKAGE)))
def test_a_module_keeps_its_form(name: str) -> None:
    path = _modules(PACKAGE)[name]
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    problems = []
    if not (ast.get_docstring(tree) or "").strip():
        problems.append("no line says what the module is for")
    if (lines := text.count("\n")) > 500:
        problems.append(f"{lines} lines: split it")
    if path.stem in {"utils", "helpers", "common", "misc"}:
        problems.append("name it after what it is about")
    for node in ast.walk(tree):
        at = f"line {getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "print":
            problems.append(f"{at}: the library prints")
        if isinstance(node, ast.ExceptHandler) and (
            node.type is None or getattr(node.type, "id", "") in {"Exception", "BaseException"}
        ):
            problems.append(f"{at}: catches everything")
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            told = node.body[0].end_lineno or 0 if ast.get_docstring(node) else node.lineno
            length = (node.end_lineno or 0) - told
            if length > 60:
                problems.append(f"{at}: {node.name} has {length} lines of code")
    assert problems == []


def test_tests_mirror_the_rooms() -> None:
    folders = {path.name for path in Path(__file__).parent.iterdir() if path.is_dir()}
    known = set(MAY_IMPORT) | {"demo"} | OTHER_TEST_FOLDERS | {"__pycache__"}
    assert folders <= known


def _notebooks() -> list[Path]:
    return [path for path in sorted(NOTEBOOKS.rglob("*.ipynb")) if ".ipynb_" not in str(path)]


@pytest.mark.parametrize("path", _notebooks(), ids=lambda path: path.name)
def test_a_notebook_is_a_page_not_a_program(path: Path) -> None:
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    banned = (ast.FunctionDef, ast.ClassDef, ast.For, ast.While, ast.Lambda)
    for cell in code:
        for node in ast.walk(ast.parse("".join(cell["source"]))):
            assert not isinstance(node, banned), ast.unparse(node)
            if isinstance(node, ast.Call):
                assert getattr(node.func, "id", "") != "print"
    if "guide" not in path.parts:
        tagged = [cell for cell in code if "parameters" in cell["metadata"].get("tags", [])]
        assert len(tagged) == 1
        assert all(cell["outputs"] == [] for cell in code)
