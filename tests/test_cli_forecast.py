"""The command forecast: a file in, a file out, whole or not at all."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pandas as pd
import pytest
from typer.testing import CliRunner

from pfkit import cli
from pfkit.cli.spool import Writer
from pfkit.errors import ContractError, ParameterError, SourceError

if TYPE_CHECKING:
    from pathlib import Path

OUT = ["series_id", "step", "period", "mean", "lo80", "hi80", "lo95", "hi95", "model", "fallback"]
LINES = ["series_id,period,value"] + [
    f"{name},{2020 + k // 4}Q{k % 4 + 1},{size + 7 * (k % 4) + k}"
    for name, size in (("b", 300), ("a", 90))
    for k in range(20)
]
runner = CliRunner()


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Write a file of two series."""
    file = tmp_path / "in.csv"
    file.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return file


def _run(file: Path, *options: str) -> str:
    to = file.with_name("out.csv")
    ran = runner.invoke(cli.app, ["forecast", str(file), "--to", str(to), *options])
    if ran.exception is not None:
        assert sorted(path.name for path in file.parent.iterdir()) == [file.name]
        raise ran.exception
    return ran.stdout


def test_a_file_becomes_a_file_with_these_columns(given: Path) -> None:
    said = _run(given, "--tier", "fast", "--series", str(given.with_name("known.csv")))
    assert said.splitlines()[0] == "2 series from 40 rows"
    found = pd.read_csv(given.with_name("out.csv"), keep_default_na=False)
    assert given.with_name("out.csv").read_text("utf-8").startswith(",".join(OUT) + "\n")
    assert found["series_id"].tolist() == ["a"] * 8 + ["b"] * 8
    assert found["period"].tolist()[:5] == ["2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1"]
    assert (found["lo95"] <= found["lo80"]).all()
    assert (found["fallback"] == "").all()
    known = pd.read_csv(given.with_name("known.csv"))
    assert known["n"].tolist() == [20, 20]
    assert list(known.columns) == [
        "series_id",
        "model",
        "fallback",
        "n",
        "filled",
        "error",
        "reason",
    ]


def test_horizon_and_frequency_are_taken(given: Path) -> None:
    _run(given, "--horizon", "3", "--freq", "Q", "--quiet")
    assert pd.read_csv(given.with_name("out.csv"))["step"].tolist() == [1, 2, 3] * 2


def test_other_forms_of_the_same_file_give_the_same(given: Path, tmp_path: Path) -> None:
    _run(given)
    first = given.with_name("out.csv").read_bytes()
    text = given.read_text(encoding="utf-8")
    packed, marked, columns = (tmp_path / name for name in ("a.csv.gz", "b.csv", "c.parquet"))
    packed.write_bytes(gzip.compress(text.encode()))
    marked.write_text("\ufeff" + text.replace(",", ";").replace("series_id", "Series ID"), "utf-8")
    pd.read_csv(given).to_parquet(columns)
    for file in (packed, marked, columns):
        said = _run(file)
        assert given.with_name("out.csv").read_bytes() == first
        assert ("repaired: column 'Series ID' is read as series_id" in said) == (file == marked)


def test_parquet_is_written_where_the_name_says_so(given: Path) -> None:
    to = given.with_name("out.parquet")
    ran = runner.invoke(cli.app, ["forecast", str(given), "--to", str(to)])
    assert ran.exit_code == 0, ran.output
    assert pd.read_parquet(to)["step"].tolist() == [*range(1, 9)] * 2


@pytest.mark.parametrize(
    ("before", "after", "error", "said"),
    [
        ("b,2020Q3,316", "b,2020Q3,about 3", ContractError, r"\(row 3\): value 'about 3' is no"),
        ("b,2020Q3,316", "b,2020Q3,inf", ContractError, "value inf is no finite number"),
        ("b,2020Q3,316", "b,2020Q2,316", ContractError, "'b' has 2020Q2 more than once"),
        ("b,2020Q3,316", "b,2020-09,316", ContractError, "'b' holds months and quarters"),
        ("b,2024Q4", "b,2424Q4", ContractError, "'b' leaps from 2024Q3 to 2424Q4"),
        ("series_id,", "serie,", ContractError, "column 'series_id' is not there"),
        ("\n".join(LINES[1:]), "", ContractError, "there is no row"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(
    before: str, after: str, error: type[Exception], said: str, given: Path
) -> None:
    text = given.read_text(encoding="utf-8")
    assert before in text
    given.write_text(text.replace(before, after), encoding="utf-8")
    with pytest.raises(error, match=said):
        _run(given)


def test_what_is_no_table_or_not_there_is_told(given: Path) -> None:
    with pytest.raises(SourceError, match="it cannot be read"):
        runner.invoke(cli.app, ["forecast", "gone.csv", "--to", "x.csv"], catch_exceptions=False)
    given.write_bytes(b"\x00\xff\xfe\x00" * 9)
    with pytest.raises(SourceError, match="neither CSV in UTF-8 nor Parquet"):
        _run(given)


@pytest.mark.parametrize("option", ["--to", "--series"])
def test_a_folder_that_is_not_there_is_told_before_anything_is_written(
    option: str, given: Path
) -> None:
    options = {"--to": str(given.with_name("out.csv"))} | {option: str(given / "none" / "out.csv")}
    with pytest.raises(SourceError, match="its folder is not there"):
        runner.invoke(
            cli.app,
            ["forecast", str(given), *[text for pair in options.items() for text in pair]],
            catch_exceptions=False,
        )
    assert [path.name for path in given.parent.iterdir()] == [given.name]


def test_where_one_file_fails_neither_is_written(
    given: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    to, known = given.with_name("out.csv"), given.with_name("known.csv")
    ended = Writer.end

    def fails(writer: Writer) -> None:
        if vars(writer)["_to"] == known:
            raise SourceError("the disk is full")
        ended(writer)

    monkeypatch.setattr(Writer, "end", fails)
    with pytest.raises(SourceError, match="the disk is full"):
        runner.invoke(
            cli.app,
            ["forecast", str(given), "--to", str(to), "--series", str(known)],
            catch_exceptions=False,
        )
    assert [path.name for path in given.parent.iterdir()] == [given.name]


def test_a_tier_that_is_not_known_is_wrong_usage(given: Path) -> None:
    with pytest.raises(ParameterError, match="tier 'slow' is not known"):
        _run(given, "--tier", "slow")


def test_repairs_and_late_periods_are_said(given: Path) -> None:
    more = ["c,2124Q1,5", "c,2124Q2,", "c,2124Q3,6", LINES[1]]
    given.write_text("\n".join([*LINES, *more]) + "\n", encoding="utf-8")
    said = _run(given).splitlines()
    assert said[1:-1] == [
        "repaired: 1 rows repeat another to the digit: left out",
        "repaired: 1 empty values: filled within a series, cut off at its ends",
        "warned: 1 series run past today, to 2124Q3",
        "1 series had gaps filled",
    ]
