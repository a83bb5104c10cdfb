from __future__ import annotations

import struct
from pathlib import Path

import pytest

from pfkit.errors import SourceError
from pfkit.sources.compound import check_compound

XLS = (Path(__file__).parent / "data" / "plain.xls").read_bytes()
FIRST_FAT = 512 + 512 * struct.unpack_from("<I", XLS, 76)[0]
DIRECTORY = struct.unpack_from("<I", XLS, 48)[0]


def _with(place: int, number: int) -> bytes:
    data = bytearray(XLS)
    struct.pack_into("<I", data, place, number)
    return bytes(data)


def test_a_sound_file_passes() -> None:
    check_compound(XLS, where="plan.xls")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (_with(FIRST_FAT + 4 * DIRECTORY, DIRECTORY), "its directory runs in a circle"),
        (_with(FIRST_FAT + 4 * DIRECTORY, 5000), "its sectors lead out of the file"),
        (_with(FIRST_FAT + 4 * DIRECTORY, 0xFFFFFFFF), "its directory breaks off"),
        (_with(48, 5000), "its directory leads out of the file"),
        (_with(30, 0x0006000B), "its header states impossible sectors"),
        (_with(512 + 512 * DIRECTORY + 64, 0), "its directory has no root"),
        (XLS[:700], "plan.xls: the workbook is truncated or damaged"),
    ],
)
def test_a_chain_that_cannot_be_followed_is_refused(data: bytes, says: str) -> None:
    with pytest.raises(SourceError, match=says):
        check_compound(data, where="plan.xls")
