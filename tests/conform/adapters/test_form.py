from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

import pytest

from pfkit.conform.adapters.fit import source_of
from pfkit.conform.adapters.form import names, parsed, shipped, shipped_text
from pfkit.contracts import Contracts
from pfkit.errors import BookError

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = """
system: Till
export: sales
version: 1.0.0
origin: written here
source:
  table: usage
  zone: UTC
  known_on: {column: at}
  columns: {ts: at, metric: what, units: {constant: 1}}
"""


def refusal(text: str) -> BookError:
    with pytest.raises(BookError) as caught:
        parsed(text, file="my/till.yaml", contracts=Contracts())
    return caught.value


def test_a_whole_file_is_an_adapter() -> None:
    found = parsed(WHOLE, file="my/till.yaml", contracts=Contracts())
    assert (found.system, found.table, found.version) == ("Till", "usage", "1.0.0")


@pytest.mark.parametrize(
    ("old", "new", "where", "what", "advice"),
    [
        ("system:", "sytem:", "my/till.yaml sytem", "unknown key 'sytem'", "'system'"),
        ("version: 1.0.0", "", "my/till.yaml version", "'version' is missing", "Add `version"),
        ("1.0.0", "one", "my/till.yaml version", "pattern", "Mend it in my/till.yaml."),
        ("  zone: UTC", "", "my/till.yaml source", "nothing says 'zone'", "Add `zone:`"),
        (
            "zone: UTC",
            "zonee: UTC",
            "my/till.yaml source zonee",
            "unknown key 'zonee'",
            "'zone'",
        ),
        (
            "table: usage",
            "table: usages",
            "my/till.yaml source",
            "there is no table 'usages'",
            "'usage'",
        ),
        ("metric: what", "metrik: what", "my/till.yaml source", "'metrik'", "'metric'"),
        ("table: usage", "name: x\n  table: usage", "my/till.yaml", "only a book knows", "Leave"),
        (
            "origin: written here",
            "origin: written here\ngather: {tags: '('}",
            "my/till.yaml gather",
            "no regular expression",
            "Mend it",
        ),
        (
            "origin: written here",
            "origin: written here\ngather: {tags: 'tag'}",
            "my/till.yaml gather",
            "needs one group around the key",
            "Mend it",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(
    old: str, new: str, where: str, what: str, advice: str
) -> None:
    error = refusal(WHOLE.replace(old, new))
    assert error.where.startswith(where)
    assert what in error.what
    assert advice in f"{error.what} {error.advice}"


def test_money_needs_its_unit_and_its_sign() -> None:
    ledger = """
    system: Till
    export: ledger
    version: 1.0.0
    origin: written here
    source:
      table: actuals
      sign: as_stated
      known_on: {column: day}
      columns: {posting_date: day, account: a, amount_local: x}
    """
    assert (
        refusal(ledger).what == "nothing says 'unit', and an adapter leaves nothing to be guessed"
    )


def test_text_that_is_no_yaml_and_text_without_keys() -> None:
    assert refusal("a: [").what.startswith("is not readable YAML")
    assert refusal("- a").what == "holds no keys"


@pytest.mark.parametrize("name", names())
def test_every_adapter_that_comes_along_is_short_and_whole(name: str) -> None:
    text = shipped_text(name)
    assert len(text.splitlines()) <= 40
    assert max(len(line) for line in text.splitlines()) <= 125
    source = source_of(name)
    assert source.adapter is not None
    assert source.known_on is not None or "known_on" in source.columns
    assert len(shipped(name).origin) > 20


def test_every_file_of_the_folder_is_an_adapter() -> None:
    files = [
        f.name for f in resources.files("pfkit.conform.adapters").joinpath("layouts").iterdir()
    ]
    assert sorted(files) == [f"{name}.yaml" for name in names()]


def test_every_adapter_has_a_test_on_rows_of_its_own(checkout: Path) -> None:
    folder = checkout / "tests" / "conform" / "adapters" / "layouts"
    texts = "".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    assert [name for name in names() if f'"{name}"' not in texts] == []
