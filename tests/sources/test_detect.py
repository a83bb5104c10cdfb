from __future__ import annotations

import pickle

import pytest

from pfkit.errors import SourceError
from pfkit.sources.detect import agree, detect


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"id,amount\n", "csv"),
        (b'  {"id": 1}\n', "jsonl"),
        (b'\xef\xbb\xbf[{"id": 1}]', "json"),
        ("\ufeff[1]".encode("utf-16-le"), "json"),
        (b"PAR1....", "parquet"),
        (b"SQLite format 3\x00", "sqlite"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"PK\x03\x04", "zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    ],
)
def test_the_bytes_tell_the_format(head: bytes, found: str) -> None:
    assert detect(head, where="file") == found


@pytest.mark.parametrize(
    ("head", "says"),
    [
        (b"", r"budget\.xls: the file is empty \(0 bytes\)"),
        (b"<html><body><table>", r"budget\.xls: the file is an HTML page, whatever its name says"),
        (b"\r\n<!DOCTYPE html>", "an HTML page"),
        (b"<?xml version='1.0'?><Workbook/>", "an XML document"),
        (b"%PDF-1.7", "a PDF document"),
        (b"PARE....", "Parquet with an encrypted footer"),
        (b"\x89PNG\r\n", "a picture"),
        (b"MZ\x90\x00\x03", "a program"),
        (b"{\\rtf1", "a text document"),
        (b"MIME-Version: 1.0\r\n", "an HTML page"),
        (pickle.dumps(pickle.dumps, protocol=0), "a Python pickle, which could run code"),
        (pickle.dumps({"a": 1}), "a Python pickle, which could run code"),
        (b"\x00" * 8 + b"DUCK", "a DuckDB database"),
    ],
)
def test_what_is_never_read_says_what_it_is_and_what_to_do(head: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says) as caught:
        detect(head, where="budget.xls")
    assert caught.value.advice


def test_a_declared_format_must_be_the_one_found() -> None:
    with pytest.raises(SourceError, match="declared as 'parquet', but the file holds 'csv'"):
        agree("parquet", "csv", where="a")
    assert agree("excel", "ods", where="a") == "ods"
    assert agree("xlsx", "xls", where="a") == "xls"


def test_an_unknown_format_offers_the_nearest() -> None:
    with pytest.raises(SourceError, match="closest known format is 'parquet'"):
        agree("parket", "csv", where="a")
