from __future__ import annotations

from pfkit.contracts import contract, dictionary, tables


def test_every_table_has_a_section_and_every_column_a_line() -> None:
    page = dictionary()
    for name in tables():
        section = page.split(f"\n## {name}\n")[1].split("\n## ")[0]
        for column in contract(name).columns:
            (line,) = [ln for ln in section.splitlines() if ln.startswith(f"| `{column.name}` |")]
            assert column.description in line
            assert f"| {column.unit} |" in line


def test_a_line_says_kind_need_unit_and_rules() -> None:
    assert (
        "| `rate` | number | yes | reporting currency per 1 unit of currency | "
        "What 1 unit of `currency` is worth, in reporting currency or in `against`. | "
        "more than 0 | `0.92` |"
    ) in dictionary()
    assert "one of `plan`, `actual`" in dictionary()


def test_every_table_line_has_the_same_cells() -> None:
    lines = [line for line in dictionary().splitlines() if line.startswith("| ")]
    assert {line.replace("\\|", "").count("|") for line in lines} == {8}
