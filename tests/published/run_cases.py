"""Run published cases against pfkit: ``python tests/published/run_cases.py CASES.csv``.

CASES.csv has one case a row, with the columns of data/finance/cases.csv. Each miss is printed, then
``N right of M``; the exit code is 1 where one missed.
"""

from __future__ import annotations

import csv
import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if __name__ == "__main__":  # a command from any folder, also where pfkit is not installed
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from pfkit.errors import PfkitError
from tests.published.adapters import returns, variance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ADAPTERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {**returns.ADAPTERS, **variance.ADAPTERS}

#: A tolerance below this is relative.
_RELATIVE_BELOW = 1e-3
_FINEST = 1e-9


@dataclass(frozen=True)
class Outcome:
    """What came of one case: the answer, and what is wrong with it, nothing where it is right."""

    name: str
    function: str
    got: Any
    wrong: str


def near(got: Any, want: Any, tolerance: float) -> bool:  # noqa: ANN401 - a case holds any value
    """Return whether an answer equals what was published, number by number."""
    if isinstance(want, dict):
        return isinstance(got, dict) and all(
            key in got and near(got[key], value, tolerance) for key, value in want.items()
        )
    if isinstance(want, list):
        if want and all(isinstance(value, int) for value in want) and tolerance == 0:
            return list(got) == want if isinstance(got, (list, tuple)) else False
        return (
            isinstance(got, (list, tuple))
            and len(got) == len(want)
            and all(near(one, other, tolerance) for one, other in zip(got, want, strict=True))
        )
    if want is None or isinstance(want, str):
        return bool(got == want)
    if got is None or isinstance(got, (str, list, tuple, dict)) or not math.isfinite(got):
        return False
    room = tolerance
    if tolerance < _RELATIVE_BELOW:
        room = max(tolerance, _FINEST) * max(1.0, abs(want))
    return bool(abs(got - want) <= room)


def _answered(function: str, given: Mapping[str, Any]) -> tuple[Any, bool]:
    """Return pfkit's answer and whether it warns; a refusal that says why is no answer."""
    try:
        got = ADAPTERS[function](given)
    except PfkitError:
        return None, True
    if isinstance(got, returns.Warned):
        return got.value, got.warned
    return got, False


def wrong(kind: str, got: Any, want: Any, tolerance: float, *, warned: bool) -> str:  # noqa: ANN401
    """Return what is wrong with an answer, after the kind of its case."""
    if kind == "none" and got == []:
        return ""  # no root among all roots
    if kind == "none_or_warn":
        if got is None or warned:
            return ""
        return "a number without a warning"
    if kind == "total_loss":
        return "" if got is None or near(got, -1.0, tolerance) else f"{got!r} is no total loss"
    if kind == "sign":
        right = got is not None and (got > 0) - (got < 0) == (want > 0) - (want < 0)
        return "" if right else f"{got!r} has not the sign of {want!r}"
    return "" if near(got, want, tolerance) else f"{got!r}, published {want!r}"


def outcome(case: Mapping[str, str]) -> Outcome:
    """Run one case."""
    name, function = case["id"], case["function"]
    if function not in ADAPTERS:
        return Outcome(name, function, None, f"no function {function!r}")
    try:
        got, warned = _answered(function, json.loads(case["inputs"]))
    except (ArithmeticError, LookupError, TypeError, ValueError) as why:
        return Outcome(name, function, None, f"{type(why).__name__}: {why}")
    want, tolerance = json.loads(case["expected"]), float(case["tolerance"] or 0)
    found = wrong(case["kind"], got, want, tolerance, warned=warned)
    return Outcome(name, function, got, found)


def outcomes(cases: Path) -> Iterator[Outcome]:
    """Run every case of a file."""
    with cases.open(encoding="utf-8", newline="") as lines:
        for case in csv.DictReader(lines):
            yield outcome(case)


def main(arguments: list[str]) -> int:
    """Print each miss and how many are right."""
    if len(arguments) != 1:
        print("usage: python tests/published/run_cases.py CASES.csv", file=sys.stderr)  # noqa: T201
        return 2
    found = list(outcomes(Path(arguments[0])))
    missed = [one for one in found if one.wrong]
    for one in missed:
        print(f"{one.name} ({one.function}): {one.wrong}")  # noqa: T201
    print(f"{len(found) - len(missed)} right of {len(found)}")  # noqa: T201
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
