from __future__ import annotations

import codecs

import pytest

from pfkit.errors import SourceError
from pfkit.sources.encoding import decode

GERMAN = "Kunde,Ort\nMüller,Köln\nGroß,Zürich\n"
RUSSIAN = "Имя,Город\nИванов,Москва\nПетров,Санкт-Петербург\nСидоров,Новосибирск\n" * 5


def test_utf8_needs_no_note() -> None:
    found = decode(GERMAN.encode(), where="a.csv")
    assert (found.data.decode(), found.encoding, found.notes) == (GERMAN, "utf-8", ())


def test_a_byte_order_mark_is_removed_and_noted() -> None:
    found = decode(codecs.BOM_UTF8 + GERMAN.encode(), where="a.csv")
    assert (found.data.decode(), found.notes) == (GERMAN, ("byte-order mark removed",))


@pytest.mark.parametrize("name", ["utf-16", "utf-32"])
def test_wide_text_is_known_by_its_mark(name: str) -> None:
    found = decode(GERMAN.encode(name), where="a.csv")
    assert (found.data.decode(), found.encoding) == (GERMAN, name)


def test_windows_text_is_detected_and_shown() -> None:
    found = decode(GERMAN.encode("cp1252"), where="a.csv")
    assert found.data.decode() == GERMAN
    assert found.notes == ("encoding detected: cp1252 (as in 'Müller')",)


def test_the_euro_and_typographic_quotes_are_windows_text() -> None:
    text = "note\n“Preis 5 €” – ok\nit’s fine\n"
    assert decode(text.encode("cp1252"), where="a.csv").data.decode() == text


def test_runs_of_high_bytes_are_not_taken_for_western_text() -> None:
    found = decode(RUSSIAN.encode("cp1251"), where="a.csv")
    assert found.encoding != "cp1252"
    assert found.data.decode() == RUSSIAN


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("cp1250", "Imię,Miasto\nŁukasz,Łódź\nŻaneta,Kraków\nStanisław,Wrocław\nPaweł,Gdańsk\n"),
        ("mac_roman", "Ville,Note\nOrléans,été\nBéziers,hélas\nMâcon,goût\n"),
        ("cp850", "Ort,Name\nKöln,Müller\nDüsseldorf,Jäger\nTübingen,Schröder\n"),
    ],
)
def test_marks_inside_words_are_not_taken_for_western_text(name: str, text: str) -> None:
    found = decode(text.encode(name), where="a.csv")
    assert (found.data.decode(), found.encoding) == (text, name)


def test_a_declared_encoding_is_used() -> None:
    text = "name\nŁódź\n"
    found = decode(text.encode("cp1250"), encoding="cp1250", where="a.csv")
    assert (found.data.decode(), found.encoding) == (text, "cp1250")


def test_a_declared_encoding_that_does_not_fit_names_the_line() -> None:
    with pytest.raises(SourceError, match=r"a\.csv \(line 2\): byte 0xfc is not utf-8"):
        decode(GERMAN.encode("cp1252"), encoding="utf-8", where="a.csv")


def test_an_unknown_encoding_is_refused() -> None:
    with pytest.raises(SourceError, match="there is no encoding 'utf-9'"):
        decode(b"a", encoding="utf-9", where="a.csv")


def test_a_codec_that_is_no_text_encoding_is_refused() -> None:
    with pytest.raises(SourceError, match="the text is not hex"):
        decode(b"6162", encoding="hex", where="a.csv")


def test_one_pasted_line_does_not_spoil_a_utf8_file() -> None:
    raw = GERMAN.encode() + b"Fran\xe7ois,Lyon\n" + GERMAN.encode()
    found = decode(raw, where="a.csv")
    assert (found.encoding, found.bad_lines) == ("utf-8", frozenset({4}))
    assert "Müller" in found.data.decode()


@pytest.mark.parametrize("raw", [b"id\n1\n2\x00\n", "id\n1\n2\x00\n".encode("utf-16")])
def test_a_nul_is_refused_with_its_line(raw: bytes) -> None:
    with pytest.raises(SourceError, match=r"a\.csv \(line 3\): a NUL byte stands in the text"):
        decode(raw, where="a.csv")


def test_cut_utf16_is_refused() -> None:
    with pytest.raises(SourceError, match="is not utf-16"):
        decode("id\n1".encode("utf-16")[:-1], where="a.csv")


@pytest.mark.parametrize("name", ["utf-16-le", "utf-16-be"])
def test_utf16_without_its_mark_is_known_by_its_nuls(name: str) -> None:
    found = decode(GERMAN.encode(name), where="a.csv")
    assert (found.encoding, found.data.decode()) == (name, GERMAN)
    assert "without its byte-order mark" in found.notes[0]


def test_a_mark_inside_joined_files_is_removed_and_its_line_named() -> None:
    found = decode(b"id\n1\n\xef\xbb\xbf2\n3\n", where="a.csv")
    assert found.data == b"id\n1\n2\n3\n"
    assert "start of line 3" in found.notes[0]


def test_a_mark_inside_a_field_is_left_alone() -> None:
    assert decode(b"id\na\xef\xbb\xbfb\n", where="a.csv").notes == ()


def test_the_last_byte_of_old_systems_is_removed() -> None:
    found = decode(b"id\n1\n\x1a", where="a.csv")
    assert (found.data, len(found.notes)) == (b"id\n1\n", 1)
