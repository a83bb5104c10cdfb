from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from nbformat import v4

from pfkit.errors import ReportError
from pfkit.publish.lint import lint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from nbformat import NotebookNode


@pytest.fixture
def findings(notebook_of: Callable[..., NotebookNode], tmp_path: Path) -> Callable[..., list[str]]:
    """Lint a report of some exhibits and tell each finding as text."""

    def check(*shown: dict[str, Any], **manifest: Any) -> list[str]:  # noqa: ANN401 - any JSON
        held = {"pages": 3, "run": {"started": "x"}, "inputs": [1], "content_sha256": "ab"}
        (tmp_path / "notebook.ipynb").write_text(v4.writes(notebook_of(*shown)), encoding="utf-8")
        (tmp_path / "manifest.json").write_text(json.dumps(held | manifest), encoding="utf-8")
        return [str(finding) for finding in lint(tmp_path)]

    return check


BRIDGE: dict[str, Any] = {
    "id": "bridge",
    "kind": "figure",
    "section": "M2",
    "title": "Bridge in EUR",
    "message": "Volume lifts net revenue most",
    "source": "General ledger",
    "alt": "Bridge",
    "as_of": "2026-07-04",
    "columns": [{"name": "row_key"}, {"name": "step"}, {"name": "amount"}],
    "rows": [["volume", "Volume", 40.0]],
    "printed": [],
    "facts": [],
    "bridge": {"start": 100.0, "steps": [40.0, -10.0], "end": 130.0},
}


def test_a_report_that_keeps_the_rules_has_no_finding(
    findings: Callable[..., list[str]], exhibits: dict[str, Any]
) -> None:
    exhibits["decisions"]["message"] = "Two decisions are due."
    assert findings(*exhibits.values(), BRIDGE) == []


def test_rule_1_wants_headline_decisions_and_a_pack_of_3_to_12_pages(
    findings: Callable[..., list[str]], exhibits: dict[str, Any]
) -> None:
    assert findings(exhibits["pnl"], pages=13) == [
        "rule 1, report: the first exhibit is not the headline",
        "rule 1, report: the summary names no decisions needed",
        "rule 1, report: 13 pages; a pack has 3 to 12",
    ]


def test_rule_1_wants_number_reference_and_percent_in_the_headline(
    findings: Callable[..., list[str]], exhibits: dict[str, Any]
) -> None:
    exhibits["headline"] |= {"title": "Net revenue is fine", "message": "It is fine", "printed": []}
    assert findings(*exhibits.values()) == [
        "rule 1, headline: the headline holds no number",
        "rule 1, headline: the headline compares with nothing",
        "rule 1, headline: the headline gives no percent",
    ]


def test_rule_1_wants_owner_and_date_of_each_decision_and_five_comments(
    findings: Callable[..., list[str]], exhibits: dict[str, Any]
) -> None:
    exhibits["decisions"]["rows"][1][2:] = ["", None]
    comments = exhibits["pnl"] | {
        "id": "comments",
        "kind": "comments",
        "section": "M0",
        "message": "Six lines are material",
        "rows": [[str(n), "x", 1.0, 0.1, None, 1, False] for n in range(6)],
        "printed": [],
        "facts": [],
    }
    assert findings(exhibits["headline"], exhibits["decisions"], comments) == [
        "rule 1, comments: 6 comments; five are the most",
        "rule 1, decisions: decision 'd2' has no owner",
        "rule 1, decisions: decision 'd2' has no date",
    ]


@pytest.mark.parametrize(
    ("message", "found"),
    [
        ("", "it has no message"),
        ("Toy, product P&L in EUR", "its message only repeats its title"),
        ("Products, June", "its message is no sentence: 'Products, June'"),
    ],
)
def test_rule_2_wants_a_sentence_apart_from_the_title(
    findings: Callable[..., list[str]], exhibits: dict[str, Any], message: str, found: str
) -> None:
    exhibits["pnl"] |= {"message": message, "facts": []}
    assert findings(*exhibits.values()) == [f"rule 2, pnl: {found}"]


def test_rule_3_finds_a_typed_number(
    findings: Callable[..., list[str]], exhibits: dict[str, Any]
) -> None:
    exhibits["pnl"]["message"] = "Atlas leads with 100 EUR, 42 more than Borea in 2026-06."
    assert findings(*exhibits.values()) == ["rule 3, pnl: the number 42 has no fact behind it"]


def test_rule_3_takes_a_code_that_names_a_row_for_no_number(
    findings: Callable[..., list[str]], exhibits: dict[str, Any]
) -> None:
    exhibits["pnl"] |= {"message": "007 leads with 100 EUR."}
    assert findings(*exhibits.values()) == []
    exhibits["pnl"] |= {"message": "008 leads with 100 EUR."}
    assert findings(*exhibits.values()) == ["rule 3, pnl: the number 008 has no fact behind it"]


def test_rule_1_asks_for_no_comparison_where_there_is_nothing_to_compare_with(
    findings: Callable[..., list[str]], exhibits: dict[str, Any]
) -> None:
    exhibits["headline"] |= {
        "title": "Net revenue is 130 EUR",
        "message": "Net revenue is 130 EUR",
        "printed": [],
        "facts": exhibits["headline"]["facts"][:1],
        "rows": [["net", 130.0, None, None, None]],
    }
    assert findings(*exhibits.values()) == []


def test_rule_3_works_each_number_out_again(
    findings: Callable[..., list[str]], exhibits: dict[str, Any]
) -> None:
    exhibits["pnl"]["rows"][1][2] = 99.0
    assert findings(*exhibits.values()) == [
        "rule 3, pnl: it says 100, but pnl, row atlas, column actual gives 99"
    ]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"exhibit": "nowhere"}, "no such exhibit"),
        ({"row_key": "nowhere"}, "no such row"),
        ({"column": "nowhere"}, "no such column"),
    ],
)
def test_rule_3_names_a_fact_that_leads_nowhere(
    findings: Callable[..., list[str]],
    exhibits: dict[str, Any],
    entry: dict[str, str],
    told: str,
) -> None:
    exhibits["pnl"]["facts"][0] |= entry
    (finding,) = findings(*exhibits.values())
    assert finding.endswith(f"gives {told}")


def test_rule_9_finds_a_bridge_that_does_not_close(
    findings: Callable[..., list[str]], exhibits: dict[str, Any]
) -> None:
    broken = BRIDGE | {"bridge": {"start": 100.0, "steps": [40.0, -10.02], "end": 130.0}}
    assert findings(*exhibits.values(), broken) == [
        "rule 9, bridge: its steps leave 0.02 unexplained"
    ]


def test_rule_12_wants_source_knowledge_date_and_run_record(
    findings: Callable[..., list[str]], exhibits: dict[str, Any]
) -> None:
    exhibits["pnl"] |= {"source": "", "as_of": ""}
    assert findings(*exhibits.values(), run=None) == [
        "rule 12, pnl: it has no source line",
        "rule 12, pnl: it has no knowledge date",
        "rule 12, report: the manifest has no run",
    ]


def test_a_folder_without_a_report_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"there is no notebook.ipynb here\n  -> Name the folder"):
        lint(tmp_path)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "notebook.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(ReportError, match="a file cannot be read"):
        lint(tmp_path)


def test_rule_3_reads_the_sentence_of_every_row(
    findings: Callable[..., list[str]], exhibits: dict[str, Any]
) -> None:
    told = exhibits["pnl"] | {"id": "commentary", "kind": "comments", "message": "Two stand out."}
    told |= {"columns": [{"name": name} for name in ("row_key", "sentence", "variance")]}
    told["rows"] = [["a", "Atlas is +40 EUR.", 40.0], ["b", "", -5.0]]
    told["rows"][1][1] = "Borea is \N{MINUS SIGN}7 EUR."
    told |= {"printed": [["Atlas is +40 EUR."]]}
    fact = {"text": "+40", "value": 40.0, "exhibit": "commentary", "row_key": "a"}
    told["facts"] = [fact | {"column": "variance"}]
    assert findings(*exhibits.values(), told) == [
        "rule 3, commentary: the number \N{MINUS SIGN}7 has no fact of row b behind it"
    ]
    told["rows"][1][1] = "Borea is +40 EUR."  # the number of another row
    assert findings(*exhibits.values(), told) == [
        "rule 3, commentary: the number +40 has no fact of row b behind it"
    ]


def test_to_earn_is_a_verb(findings: Callable[..., list[str]], exhibits: dict[str, Any]) -> None:
    earned = BRIDGE | {"message": "All customers earn together"}
    assert not [one for one in findings(*exhibits.values(), earned) if "no sentence" in one]
