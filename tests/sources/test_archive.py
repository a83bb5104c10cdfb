from __future__ import annotations

import io
import struct
import warnings
import zipfile

import pytest

from pfkit.errors import SourceError
from pfkit.sources.archive import entries, unpacked


def _zip(*parts: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore", UserWarning)  # zipfile itself remarks on a repeated name
        for name, data in parts:
            archive.writestr(name, data)
    return stream.getvalue()


def _all(data: bytes, at: int = 0) -> bytes:
    return b"".join(unpacked(data, entries(data, where="a.zip")[at], where="a.zip"))


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1, 3_000_000])
def test_a_part_comes_out_as_it_went_in(size: int) -> None:
    body = bytes(n * 31 % 251 for n in range(1000)) * (size // 1000 + 1)
    assert _all(_zip(("a.csv", body[:size]))) == body[:size]


def test_a_turned_bit_is_noticed_in_packed_and_in_stored_parts() -> None:
    packed = bytearray(_zip(("a.csv", b"id,amount\n" * 50)))
    packed[40] ^= 1
    with pytest.raises(SourceError, match=r"a\.zip: the archive is truncated or damaged"):
        _all(bytes(packed))
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.csv", b"id,amount\n1,5\n")
    stored = stream.getvalue().replace(b"1,5", b"1,9")
    with pytest.raises(SourceError, match=r"part 'a\.csv' is cut off, or its check sum differs"):
        _all(stored)


def test_a_part_longer_than_the_directory_says_is_refused() -> None:
    data = bytearray(_zip(("a.csv", bytes(1 << 20))))
    at = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, at + 24, 1000)
    with pytest.raises(SourceError, match=r"unpacks to more than the 1,000 bytes it states"):
        _all(bytes(data))


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(SourceError, match=r"part 'a' stands twice"):
        entries(_zip(("a", b"1"), ("a", b"2")), where="a.zip")


def test_a_crowd_is_refused_by_its_count() -> None:
    crowd = _zip(*((f"{n}", b"") for n in range(10_001)))
    with pytest.raises(SourceError, match=r"refused before opening: it has 10,001 parts"):
        entries(crowd, where="a.zip")


def test_many_parts_that_grow_together_are_refused() -> None:
    parts = [(f"{n}", bytes(7 << 20)) for n in range(6)]
    with pytest.raises(SourceError, match=r"it would unpack from [\d,]+ to 44,040,192 bytes"):
        entries(_zip(*parts), where="a.zip")


@pytest.mark.parametrize(
    ("place", "value", "says"),
    [(8, 1, "locked with a password"), (10, 12, "packed in an unknown way")],
)
def test_what_cannot_be_unpacked_says_why(place: int, value: int, says: str) -> None:
    data = bytearray(_zip(("a.csv", b"id\n1\n")))
    data[data.rindex(b"PK\x01\x02") + place] = value
    with pytest.raises(SourceError, match=says):
        _all(bytes(data))


def test_a_directory_that_points_elsewhere_is_refused() -> None:
    data = bytearray(_zip(("a.csv", b"id\n1\n")))
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 42, 5)
    with pytest.raises(SourceError, match="not where the directory says"):
        _all(bytes(data))
