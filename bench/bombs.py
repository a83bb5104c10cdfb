"""Seconds and memory of refusing a bomb, beside opening it with the usual readers (on Linux)."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.corpus.bad_workbook import shelf

#: Refusing takes no longer and no more than this.
SECONDS, MEGABYTES = 0.1, 20
#: A peer that needs more than this is stopped.
_PATIENCE: Final = 60
_LIMIT: Final = 4 << 30

_MEASURED: Final = """
import json, pathlib, resource, sys, time
resource.setrlimit(resource.RLIMIT_AS, ({limit}, {limit}))
{prepare}
def memory(name):
    status = pathlib.Path("/proc/self/status").read_text()
    return int(status.split(name + ":")[1].split()[0])
pathlib.Path("/proc/self/clear_refs").write_text("5")  # forget the peak of the imports
before = memory("VmRSS")
began = time.perf_counter()
try:
    {opened}
    end = "opened"
except BaseException as error:
    end = type(error).__name__
spent = time.perf_counter() - began
print(json.dumps([end, spent, (memory("VmHWM") - before) / 1024]))
"""
_WAYS: Final = {
    "pfkit": (
        "from pathlib import Path\nfrom pfkit.sources import read_files\nfile = Path(sys.argv[1])",
        "read_files([file], root=file.parent)",
    ),
    "openpyxl": (
        "import openpyxl",
        "sum(1 for row in openpyxl.load_workbook(sys.argv[1], data_only=True).active.iter_rows())",
    ),
    "calamine": (
        "import python_calamine",
        "python_calamine.CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).to_python()",
    ),
}


def measure(way: str, file: Path) -> tuple[str, float, float]:
    """Open a file one way in a process of its own: how it ended, seconds, more megabytes."""
    prepare, opened = _WAYS[way]
    code = _MEASURED.format(limit=_LIMIT, prepare=prepare, opened=opened)
    try:
        ran = subprocess.run(  # noqa: S603 -- the code is written above
            [sys.executable, "-c", code, str(file)],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return "not done", float(_PATIENCE), float("nan")
    if ran.returncode:
        return f"died ({ran.returncode})", float("nan"), float("nan")
    end, seconds, more = json.loads(ran.stdout)
    return str(end), float(seconds), float(more)


def main(arguments: list[str]) -> int:
    """Refuse every bomb of the corpus, open it with the peers, and print ratios."""
    parser = argparse.ArgumentParser(prog="python -m bench bombs", description=__doc__)
    parser.add_argument("--peers", action="store_true", help="open the bombs with the peers too")
    chosen = parser.parse_args(arguments)
    bombs = [case for case in shelf.cases if "bomb" in case.kind or case.kind == "far cell"]
    ways = list(_WAYS) if chosen.peers else ["pfkit"]
    late = 0
    print(f"{'file':<24}{'kB':>7}  " + "".join(f"{way + ': end, s, MB':<34}" for way in ways))
    with tempfile.TemporaryDirectory() as folder:
        for case in bombs:
            file = Path(folder) / case.name
            file.write_bytes(case.make())
            found = {way: measure(way, file) for way in ways if _reads(way, case.name)}
            end, seconds, more = found["pfkit"]
            late += end != "SourceError" or seconds > SECONDS or more > MEGABYTES
            cells = (f"{e:<16}{s:>7.3f}{m:>7.1f}" for e, s, m in found.values())
            print(f"{case.name:<24}{file.stat().st_size / 1000:>7.0f}  " + "    ".join(cells))
            for way in list(found)[1:]:
                _, slow, large = found[way]
                ratios = f"{slow / seconds:.0f} x s, {large / max(more, 1):.0f} x MB"
                print(f"{'':<33}{way} / pfkit: {ratios}")
    print(f"{len(bombs)} bombs, {late} not refused within {SECONDS} s and {MEGABYTES} MB")
    return 1 if late else 0


def _reads(way: str, name: str) -> bool:
    if way == "openpyxl":
        return name.endswith(("xlsx", "xlsm"))
    return way == "pfkit" or not name.endswith((".gz", ".zip"))
