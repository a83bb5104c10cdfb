"""Parquet files that are cut, flipped, or typed in ways that lose digits."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Final

import pyarrow as pa

from tests.corpus import rows as clean
from tests.corpus.case import ACCEPT, QUARANTINE, REJECT, REPAIR, WARN, Shelf
from tests.corpus.write import arrow, flipped, gzipped, parquet

shelf = Shelf()
ROWS: Final = clean.ledger(24)
TOTAL: Final = clean.total(ROWS)
WHOLE: Final = {"accepted": 24, "amount": TOTAL}
TABLE: Final = arrow(ROWS, amount="decimal", posting_date="date")


def _with(name: str, values: pa.Array | list[object]) -> pa.Table:
    return TABLE.set_column(TABLE.column_names.index(name), name, [values])


def _damaged() -> None:
    made = parquet(TABLE)
    footer = int.from_bytes(made[-8:-4], "little")
    shelf.add("cut-end.parquet", "truncated", made[:-20], REJECT)
    shelf.add("cut-half.parquet", "truncated", made[: len(made) // 2], REJECT)
    shelf.add("cut-head.parquet", "truncated", made[100:], REJECT)
    shelf.add("only-magic.parquet", "truncated", b"PAR1PAR1", REJECT)
    shelf.add(
        "flipped-footer.parquet", "flipped", flipped(made, len(made) - 8 - footer, bit=6), REJECT
    )
    shelf.add(
        "flipped-schema.parquet",
        "flipped",
        made.replace(b"posting_date", b"posting\xffdate"),
        REJECT,
    )
    shelf.add("footer-too-long.parquet", "flipped", made[:-8] + b"\xff\xff\xff\x7fPAR1", REJECT)
    summed = parquet(TABLE, compression="none", use_dictionary=False, write_page_checksum=True)
    shelf.add("flipped-page-summed.parquet", "flipped", flipped(summed, 200, bit=3), REJECT)
    amounts = [float(row["amount"]) for row in ROWS]
    bare = parquet(_with("amount", pa.array(amounts)), compression="none", use_dictionary=False)
    place = bare.index(pa.array(amounts).buffers()[1].to_pybytes()[: 24 * 8])
    shelf.add(
        "flipped-amount.parquet",
        "flipped",
        flipped(bare, place + 7, bit=6),
        (REJECT, QUARANTINE),
        because="an exponent bit of the first amount turned: it lies beyond the "
        "column's own least and most",
    )
    zipped = parquet(TABLE, compression="zstd")
    shelf.add(
        "flipped-page-zstd.parquet",
        "flipped",
        flipped(zipped, zipped.index(b"\x28\xb5\x2f\xfd"), bit=5),
        REJECT,
    )
    shelf.add("encrypted.parquet", "locked", b"PARE" + made[4:-4] + b"PARE", REJECT)
    shelf.add(
        "packed.parquet.gz",
        "compressed",
        gzipped(made),
        (REJECT, REPAIR),
        because="Parquet is compressed already: unpack it by hand, or read it with a remark",
    )
    shelf.add("named-parquet.parquet", "wrong name", "entry_id,amount\n1,2\n", REJECT)
    wide = pa.table([TABLE.column("amount")] * 2, names=["amount", "amount"])
    shelf.add("column-twice.parquet", "header", parquet(wide), REJECT, says=("twice",))


def _typed() -> None:
    shelf.add(
        "amount-float.parquet",
        "float amounts",
        parquet(arrow(ROWS, amount="float", posting_date="date")),
        (ACCEPT, REPAIR),
        **WHOLE,
        because="cents survive a 64-bit float at this size; that it was one may be listed",
    )
    floats = pa.array([float(row["amount"]) for row in ROWS], pa.float32())
    shelf.add(
        "amount-float32.parquet",
        "float amounts",
        parquet(_with("amount", floats)),
        (WARN, REPAIR),
        because="32 bits hold seven digits: cents are lost above 100,000",
    )
    noisy = pa.array([0.1 + 0.2] * 24)
    shelf.add(
        "amount-float-noise.parquet",
        "float amounts",
        parquet(_with("amount", noisy)),
        (REPAIR, WARN),
        accepted=24,
        amounts=(Decimal("7.20"),),
        because="0.30000000000000004 is 0.30 with the noise of a sum; rounding it is a "
        "listed repair",
    )
    holes = pa.array([None if at == 9 else float(row["amount"]) for at, row in enumerate(ROWS)])
    rest = TOTAL - Decimal(ROWS[9]["amount"])
    held = {"names": ("10",), "accepted": 23, "quarantined": 1, "amount": rest}
    shelf.add(
        "amount-null.parquet", "missing amount", parquet(_with("amount", holes)), QUARANTINE, **held
    )
    for name, value in (("nan", float("nan")), ("inf", float("inf")), ("huge", 1e300)):
        odd = pa.array([value if at == 9 else float(row["amount"]) for at, row in enumerate(ROWS)])
        shelf.add(
            f"amount-{name}.parquet",
            "unreadable amount",
            parquet(_with("amount", odd)),
            QUARANTINE,
            **held,
        )
    ids = pa.array([100001.0 + at for at in range(24)])
    shelf.add(
        "ids-float.parquet",
        "id as float",
        parquet(_with("entry_id", ids)),
        (WARN, REPAIR),
        **WHOLE,
        because="ids went through a float: mend with a remark, or warn",
    )
    big = pa.array([9007199254740992.0 + 2 * at for at in range(24)])
    shelf.add(
        "ids-float-big.parquet",
        "id as float",
        parquet(_with("entry_id", big)),
        (WARN, QUARANTINE),
        because="beyond 2 to the 53rd digits are lost",
    )
    hole = pa.array([None if at == 9 else 100001.0 + at for at in range(24)])
    shelf.add(
        "ids-float-null.parquet",
        "id as float",
        parquet(_with("entry_id", hole)),
        (WARN, QUARANTINE),
        because="a missing id turned the column into floats",
    )
    shelf.add(
        "accounts-float.parquet",
        "id as float",
        parquet(_with("account", pa.array([float(row["account"]) for row in ROWS]))),
        (WARN, REPAIR),
        **WHOLE,
        because="as above",
    )
    shelf.add(
        "accounts-int.parquet",
        "clean",
        parquet(_with("account", pa.array([int(row["account"]) for row in ROWS]))),
        (ACCEPT, REPAIR),
        **WHOLE,
        because="a whole number is its digits",
    )
    shelf.add(
        "amount-bool.parquet",
        "wrong type",
        parquet(_with("amount", pa.array([True] * 24))),
        (REJECT, QUARANTINE),
        accepted=0,
        because="no amount at all",
    )
    shelf.add(
        "amount-bytes.parquet",
        "wrong type",
        parquet(_with("amount", pa.array([b"\xff\x00"] * 24))),
        (REJECT, QUARANTINE),
        accepted=0,
        because="as above",
    )
    nested = pa.array([{"value": 1.0, "unit": "EUR"}] * 24)
    shelf.add(
        "amount-struct.parquet",
        "wrong type",
        parquet(_with("amount", nested)),
        (REJECT, QUARANTINE),
        accepted=0,
        because="as above",
    )
    shelf.add(
        "memo-list.parquet",
        "wrong type",
        parquet(_with("memo", pa.array([["a", "b"]] * 24))),
        (ACCEPT, WARN),
        **WHOLE,
        because="a memo of several texts harms nothing",
    )
    ints = pa.array([46023 + at for at in range(24)])
    shelf.add(
        "date-int.parquet",
        "serial date",
        parquet(_with("posting_date", ints)),
        (REPAIR, QUARANTINE),
        because="a day number: read with a remark, or held back",
    )
    moments = [dt.datetime.fromisoformat(row["posting_date"]) for row in ROWS]
    shelf.add(
        "date-timestamp.parquet",
        "other type",
        parquet(_with("posting_date", pa.array(moments))),
        (ACCEPT, REPAIR),
        **WHOLE,
        because="midnight of the day",
    )
    zoned = pa.array(
        [moment.replace(tzinfo=dt.UTC) for moment in moments], pa.timestamp("us", "Europe/Paris")
    )
    shelf.add(
        "date-zoned.parquet",
        "time zone",
        parquet(_with("posting_date", zoned)),
        (ACCEPT, REPAIR),
        accepted=24,
        because="the column says its zone",
    )
    nanos = pa.array(
        [int(moment.replace(tzinfo=dt.UTC).timestamp()) * 10**9 + 1 for moment in moments],
        pa.timestamp("ns"),
    )
    shelf.add(
        "date-nanoseconds.parquet",
        "other type",
        parquet(_with("posting_date", nanos)),
        (ACCEPT, REPAIR),
        accepted=24,
        because="the day is plain",
    )
    far = pa.array(
        [dt.date(9999, 12, 31), *[dt.date.fromisoformat(row["posting_date"]) for row in ROWS[1:]]]
    )
    shelf.add(
        "date-9999.parquet",
        "far date",
        parquet(_with("posting_date", far)),
        (QUARANTINE, WARN),
        names=("1",),
        because="a day that stands for none",
    )
    events = clean.usage(30)
    stamps = pa.array(
        [dt.datetime.fromisoformat(row["ts"]) for row in events], pa.timestamp("us", "UTC")
    )
    logged = arrow(events, units="int")
    logged = logged.set_column(logged.column_names.index("ts"), "ts", [stamps])
    shelf.add(
        "usage-zoned.parquet",
        "clean",
        parquet(logged),
        (ACCEPT, REPAIR),
        table="usage",
        accepted=30,
        because="the column says its zone",
    )
    shelf.add(
        "dictionary.parquet",
        "clean",
        parquet(_with("product", TABLE.column("product").combine_chunks().dictionary_encode())),
        ACCEPT,
        **WHOLE,
    )
    shelf.add(
        "large-decimal.parquet",
        "clean",
        parquet(_with("amount", TABLE.column("amount").cast(pa.decimal128(38, 10)))),
        ACCEPT,
        **WHOLE,
    )
    shelf.add(
        "no-rows.parquet",
        "empty",
        parquet(TABLE.slice(0, 0)),
        (WARN, ACCEPT),
        accepted=0,
        amount=0,
        because="a period without entries",
    )


for fill in (_damaged, _typed):
    fill()
