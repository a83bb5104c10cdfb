from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Shop = Any

ROWS = "id,day,item,amount\nA1,2026-01-05,tea,1.00\nA2,2026-01-06,tea,2.00\n"
MORE = (
    "id,day,item,amount\nA2,2026-01-06,tea,2.00\nA1,2026-01-05,tea,1.00\nA3,2026-01-07,tea,4.00\n"
)


def test_every_repeat_is_named_with_its_amount(shop: Shop) -> None:
    shop.declare('path = "in/*"')
    shop.write("in/1.csv", ROWS)
    shop.write("in/2.csv", ROWS)
    shop.write("in/3.csv", ROWS.replace(",", ";"))
    shop.write("in/4.csv", MORE)
    controls = shop.open().controls
    found = controls[controls["control"].isin(["Repeated file", "Exported before"])]
    assert found[["row_key", "detail"]].to_numpy().tolist() == [
        [
            "repeated-file|billing|in/2.csv",
            "in/2.csv has the bytes of in/1.csv and was left out",
        ],
        [
            "repeated-file|billing|in/3.csv",
            "in/3.csv holds the rows of in/1.csv once more and was left out (2 rows)",
        ],
        [
            "exported-before|billing",
            "2 rows of in/4.csv stand in an earlier export too and count once",
        ],
    ]
    assert found["actual"].tolist()[1:] == [3.0, 3.0]
    assert set(found["state"]) == {"amber"}


def test_of_two_files_of_one_day_the_part_is_named_and_the_whole(shop: Shop) -> None:
    shop.declare('path = "in/*"\nknown_on = { date = 2026-01-31 }')
    shop.write("in/1.csv", ROWS)
    shop.write("in/4.csv", MORE)
    book = shop.open()
    found = book.controls[book.controls["control"] == "Exported before"]
    assert found["detail"].tolist() == [
        (
            "2 rows of in/4.csv stand in another export of the same day too and count once: "
            "in/1.csv is a part of in/4.csv"
        )
    ]
    assert book.invoices["amount"].sum() == 7.0  # 1 + 2 + 4


def test_a_part_that_was_known_before_is_an_earlier_export(shop: Shop) -> None:
    shop.declare(
        """path = "in/*"\nknown_on = { file_name = '(\\d{4}-\\d\\d-\\d\\d)', at = 'day' }"""
    )
    shop.write("in/2026-01-10.csv", ROWS)
    shop.write("in/2026-01-11.csv", MORE)
    controls = shop.open().controls
    found = controls[controls["control"] == "Exported before"]
    assert found["detail"].tolist() == [
        "2 rows of in/2026-01-11.csv stand in an earlier export too and count once"
    ]


def test_a_declared_answer_is_no_longer_asked(shop: Shop) -> None:
    shop.declare('path = "in/*"\noverlap = "once"')
    shop.write("in/1.csv", ROWS)
    shop.write("in/4.csv", MORE)
    book = shop.open()
    found = book.controls[book.controls["control"] == "Exported before"]
    assert found[["state", "advice"]].to_numpy().tolist() == [["green", ""]]
