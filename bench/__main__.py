"""Run a bench by its name: ``python -m bench report``."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import bench


def main(arguments: list[str]) -> int:
    """Hand the remaining arguments to the bench that the first one names."""
    names = [found.name for found in pkgutil.iter_modules(bench.__path__) if found.name[0] != "_"]
    if not arguments or arguments[0] not in names:
        print(f"usage: python -m bench {'|'.join(names)} [...]", file=sys.stderr)
        return 2
    chosen = importlib.import_module(f"bench.{arguments[0]}")
    return int(chosen.main(arguments[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
