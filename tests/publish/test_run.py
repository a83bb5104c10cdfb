from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from pfkit.errors import ContractError, ParameterError, ReportError
from pfkit.publish.run import run

if TYPE_CHECKING:
    from pathlib import Path


def change(book: Path, **entries: Any) -> None:  # noqa: ANN401 - any JSON
    path = book / "shown.json"
    held = json.loads(path.read_text(encoding="utf-8")) | entries
    path.write_text(json.dumps(held), encoding="utf-8")


def digests(folder: Path) -> dict[str, str]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            data = path.read_bytes()
            if path.name == "manifest.json":
                held = json.loads(data)
                held.pop("run")
                data = json.dumps(held).encode()
            found[path.relative_to(folder).as_posix()] = hashlib.sha256(data).hexdigest()
    return found


def test_a_report_lands_whole_in_its_folder(toy: Path, tmp_path: Path) -> None:
    steps: list[tuple[str, int, int]] = []
    (folder,) = run(
        "monthly",
        book=toy,
        period="2026-06",
        to=tmp_path / "reports",
        progress=lambda *step: steps.append(step),
    )
    assert folder == tmp_path / "reports" / "toy" / "2026-06" / "monthly"
    assert sorted(digests(folder)) == [
        "data/decisions.csv",
        "data/headline.csv",
        "data/pnl.csv",
        "manifest.json",
        "notebook.ipynb",
        "report.html",
        "report.pdf",
        "tables.xlsx",
    ]
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["run"]["streams"] == {"lines": 2, "warnings": 1}
    assert set(manifest["run"]["seconds"]) == {"notebook", "html", "pdf", "tables"}
    assert manifest["files"]["report.pdf"] == digests(folder)["report.pdf"]
    assert "odd" not in (folder / "report.html").read_text(encoding="utf-8")
    assert {stage for stage, done, of in steps if done == of} == {
        "notebook",
        "html",
        "pdf",
        "tables",
        "write",
    }


def test_two_runs_anywhere_give_the_same_bytes(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first,) = run("monthly", book=toy, period="2026-06", to=tmp_path / "a")
    other = tmp_path / "another place" / "renamed"
    shutil.copytree(toy, other)
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    monkeypatch.setenv("LANG", "de_DE.UTF-8")
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONHASHSEED", "17")
    monkeypatch.chdir(other)
    (second,) = run("monthly", book=".", period="2026-06", to=tmp_path / "b")
    assert digests(first) == digests(second)


def test_a_product_and_a_date_have_folders_of_their_own(toy: Path, tmp_path: Path) -> None:
    (folder,) = run(
        "monthly", book=toy, period="2026-06", as_of="2026-07-04", product="007", to=tmp_path
    )
    assert folder == tmp_path / "toy" / "2026-06" / "monthly@2026-07-04" / "007"
    text = (folder / "notebook.ipynb").read_text(encoding="utf-8")
    assert "product = '007'" in text
    assert str(tmp_path) not in text


def test_an_error_of_pfkit_comes_back_as_itself_and_nothing_is_written(
    toy: Path, tmp_path: Path
) -> None:
    change(
        toy,
        code="from pfkit.errors import ContractError\n"
        "raise ContractError('no line', where='actuals (row 17)', advice='Map it.')",
    )
    with pytest.raises(ContractError) as caught:
        run("monthly", book=toy, period="2026-06", to=tmp_path / "reports")
    assert str(caught.value) == "actuals (row 17): no line\n  -> Map it."
    assert not (tmp_path / "reports").exists()


def test_any_other_error_names_the_cell(toy: Path, tmp_path: Path) -> None:
    change(toy, code="raise ZeroDivisionError('oh')")
    with pytest.raises(ReportError, match=r"monthly.ipynb, cell 3: .*ZeroDivisionError: oh"):
        run("monthly", book=toy, period="2026-06", to=tmp_path / "reports")
    assert not (tmp_path / "reports").exists()


def test_a_dead_kernel_is_a_clear_error(toy: Path, tmp_path: Path) -> None:
    change(toy, code="import os; os._exit(9)")
    with pytest.raises(ReportError, match="the notebook was stopped"):
        run("monthly", book=toy, period="2026-06", to=tmp_path / "reports")
    assert not (tmp_path / "reports").exists()


def test_the_old_report_outlives_a_failed_run(reported: Path, toy: Path, tmp_path: Path) -> None:
    before = digests(reported)
    change(toy, code="raise ZeroDivisionError('oh')")
    with pytest.raises(ReportError):
        run("monthly", book=toy, period="2026-06", to=tmp_path / "reports")
    assert digests(reported) == before


def test_an_approved_report_stays(reported: Path, toy: Path, tmp_path: Path) -> None:
    (reported / "approval.json").write_text("{}", encoding="utf-8")
    before = digests(reported)
    with pytest.raises(ReportError, match="approved report is never overwritten"):
        run("monthly", book=toy, period="2026-06", to=tmp_path / "reports")
    assert digests(reported) == before


def test_a_dry_run_opens_the_book_and_writes_nothing(toy: Path, tmp_path: Path) -> None:
    change(toy, pnl={"text/plain": "never shown"})
    (folder,) = run("quarterly", book=toy, period="2026Q2", to=tmp_path / "r", dry_run=True)
    assert folder == tmp_path / "r" / "toy" / "2026-06" / "quarterly"
    assert not (tmp_path / "r").exists()


def test_a_bad_parameter_is_refused_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="'June' is not a month"):
        run("monthly", book=tmp_path / "no-book", period="June", to=tmp_path / "reports")
    assert list(tmp_path.iterdir()) == []


def test_the_kernel_talks_through_files_and_knows_no_personal_settings(
    toy: Path, tmp_path: Path
) -> None:
    change(
        toy,
        code="import os\n"
        "app = get_ipython().kernel.parent\n"
        "seen = {'tz': os.environ['TZ'], 'transport': app.transport, 'python': sys.executable}\n"
        f"pathlib.Path({str(tmp_path / 'seen.json')!r}).write_text(json.dumps(seen))",
    )
    run("monthly", book=toy, period="2026-06", to=tmp_path / "reports", dry_run=True)
    seen = json.loads((tmp_path / "seen.json").read_text(encoding="utf-8"))
    transport = "ipc" if os.name == "posix" else "tcp"
    assert seen == {"tz": "UTC", "transport": transport, "python": sys.executable}
