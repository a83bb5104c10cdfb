from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pfkit.conform.booktoml import read_declaration
from pfkit.errors import BookError, PeriodError

if TYPE_CHECKING:
    from collections.abc import Callable

    Shop = Any


def refusal(declare: Callable[[], object]) -> BookError:
    with pytest.raises(BookError) as caught:
        declare()
    return caught.value


def test_a_folder_without_book_toml_says_what_to_name(shop: Shop) -> None:
    error = refusal(lambda: read_declaration(shop.path))
    assert error.what == f"no book.toml in {shop.path.name}"
    assert "`pfkit demo` makes one" in error.advice


def test_text_that_is_no_toml_says_where(shop: Shop) -> None:
    shop.write("book.toml", "[company\nname = 1\n")
    error = refusal(lambda: read_declaration(shop.path))
    assert error.where == "book.toml"
    assert error.what.startswith("is not readable TOML: ")


def test_a_file_may_be_named_instead_of_its_folder(shop: Shop) -> None:
    shop.declare()
    assert read_declaration(shop.path / "book.toml").company.name == "Corner Shop"


def test_the_entity_is_made_from_the_name(shop: Shop) -> None:
    assert shop.declare().company.entity == "corner-shop"


def test_tables_are_listed_once_in_the_order_declared(shop: Shop) -> None:
    assert shop.declare().tables == ("invoices",)


@pytest.mark.parametrize(
    ("where", "text", "what", "advice"),
    [
        (
            "book.toml polices",
            {"head": "[polices]\nhurdle_rate = 1"},
            "unknown key 'polices'",
            "'policies'",
        ),
        (
            "book.toml company.curency",
            {"company": 'curency = "EUR"'},
            "unknown key 'curency'",
            "'currency'",
        ),
        (
            "book.toml policies.hurdle",
            {"head": "[policies]\nhurdle = 0.1"},
            "unknown key 'hurdle'",
            "'hurdle_rate'",
        ),
        (
            "book.toml sources[billing].delimeter",
            {"source": 'delimeter = ";"'},
            "unknown key 'delimeter'",
            "'delimiter'",
        ),
        (
            "book.toml sources[billing].columns.kind.colum",
            {"columns": 'kind = { colum = "x" }'},
            "unknown key 'colum'",
            "'column'",
        ),
        (
            "book.toml sources[billing].known_on.filename",
            {"source": "known_on = { filename = 'x' }"},
            "unknown key 'filename'",
            "'file_name'",
        ),
        (
            "book.toml maps.product.unmaped",
            {"head": '[maps.product]\npath = "p.csv"\nunmaped = "x"'},
            "unknown key 'unmaped'",
            "'unmapped'",
        ),
        (
            "book.toml sources[billing].rules[1].becuase",
            {"rules": "[[sources.rules]]\nwhen='TRUE'\nbecause='y'\nexclude='x'\nbecuase='z'"},
            "unknown key 'becuase'",
            "'because'",
        ),
        (
            "book.toml controls[1].tolerence",
            {"tail": "[[controls]]\nsource = 'billing'\npath = 't'\nrows = 'n'\ntolerence = 1"},
            "unknown key 'tolerence'",
            "'tolerance'",
        ),
        (
            "book.toml statement.sale.lines",
            {"tail": '[statement]\nsale = { line = "Sales", group = "gross", lines = 1 }'},
            "unknown key 'lines'",
            "'line'",
        ),
    ],
)
def test_an_unknown_key_is_named_with_its_place_and_the_near_miss(
    shop: Shop, where: str, text: dict[str, str], what: str, advice: str
) -> None:
    error = refusal(lambda: shop.declare(**text))
    assert (error.where, error.what) == (where, what)
    assert error.advice == f"The closest known key is {advice}."


def test_an_unknown_table_offers_the_near_miss(shop: Shop) -> None:
    shop.declare()
    book = shop.path / "book.toml"
    book.write_text(book.read_text().replace('"invoices"', '"invoice"'), encoding="utf-8")
    error = refusal(lambda: read_declaration(shop.path))
    assert error.where.startswith("book.toml sources[billing]")
    assert "'invoice'" in error.what
    assert "'invoices'" in str(error)


def test_an_unknown_agreed_column_offers_the_near_miss(shop: Shop) -> None:
    error = refusal(lambda: shop.declare(columns='custommer = "who"'))
    assert error.what == (
        "'custommer' is no column of table invoices. The closest known column is 'customer'."
    )
    assert error.where == "book.toml sources[billing]"


@pytest.mark.parametrize(
    "text",
    [
        {"source": 'key = ["invoice_nr"]'},
        {"source": 'replaces = ["invoice_nr"]'},
        {
            "rules": "[[sources.rules]]\nclassify = { invoice_nr = 'x' }\nwhen = 'TRUE'\n"
            "because = 'y'"
        },
    ],
)
def test_keys_and_rules_may_name_agreed_columns_only(shop: Shop, text: dict[str, str]) -> None:
    assert (
        "'invoice_nr' is no column of table invoices" in refusal(lambda: shop.declare(**text)).what
    )


@pytest.mark.parametrize(
    "form",
    [
        '{ column = "a", constant = "b" }',
        '{ column = "a", sql = "b" }',
        '{ constant = "a", sql = "b" }',
        '{ map = "product" }',
    ],
)
def test_a_mapping_has_one_form(shop: Shop, form: str) -> None:
    error = refusal(lambda: shop.declare(columns=f"kind = {form}"))
    assert error.what == "give exactly one of column, constant, sql, tag, or the parts of a period"
    assert error.where == "book.toml sources[billing].columns.kind"
    assert error.advice == "Mend it in book.toml."


@pytest.mark.parametrize(
    ("known_on", "what"),
    [
        (
            '{ column = "day", date = 2026-01-31 }',
            "give exactly one of column, sql, file_name, date",
        ),
        ("{ at = 'day' }", "give exactly one of column, sql, file_name, date"),
        ("{ file_name = '(' }", "file_name '(' is no regular expression: "),
        ("{ file_name = '[0-9]+' }", "file_name '[0-9]+' needs one group around the date"),
        ("{ file_name = '([0-9]+)-([0-9]+)' }", "needs one group around the date"),
    ],
)
def test_a_knowledge_date_has_one_form(shop: Shop, known_on: str, what: str) -> None:
    assert what in refusal(lambda: shop.declare(f"known_on = {known_on}")).what


def test_a_source_says_when_its_rows_were_learned(shop: Shop) -> None:
    shop.declare()
    book = shop.path / "book.toml"
    text = book.read_text().replace('known_on = { column = "day", at = "day" }', "")
    book.write_text(text, encoding="utf-8")
    error = refusal(lambda: read_declaration(shop.path))
    assert error.what.startswith("nothing says when its rows were learned; declare known_on")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ({"source": 'decimal = ","\nthousands = ","'}, "decimal and thousands are both ','"),
        ({"source": 'sign = "debit_positive"'}, "sign 'debit_positive' needs `account`"),
        ({"source": 'unit = "hundreds"'}, "'minor', 'major', 'thousands' or 'millions'"),
        ({"head": '[maps.p]\npath = "p.csv"\nvalues = { a = "b" }'}, "give either `path`"),
        ({"head": "[maps.p]\nfold = 'upper'"}, "give either `path` (a file) or `values`"),
        ({"head": '[maps.p]\npath = "p.csv"\noptional = true'}, "an optional map needs `unmapped`"),
        ({"rules": "[[sources.rules]]\nwhen = 'TRUE'\nbecause = 'y'"}, "a rule either excludes"),
        (
            {"rules": "[[sources.rules]]\nwhen = 'TRUE'\nbecause = ''\nexclude = 'x'"},
            "at least 1 character",
        ),
        (
            {"tail": '[[controls]]\nsource = "billing"\npath = "t.csv"'},
            "name the column that holds",
        ),
        ({"company": 'entity = "Corner Shop"'}, "entity 'Corner Shop' must be lower-case"),
        ({"head": "[policies]\nmateriality_rate = 5"}, "less than or equal to 1"),
    ],
)
def test_a_contradiction_says_what_is_wrong(shop: Shop, text: dict[str, str], what: str) -> None:
    assert what in refusal(lambda: shop.declare(**text)).what


def test_a_missing_key_is_named(shop: Shop) -> None:
    error = refusal(lambda: shop.declare(rules="[[sources.rules]]\nexclude = 'x'\nwhen = 'TRUE'"))
    assert error.what == "'because' is missing"
    assert error.where == "book.toml sources[billing].rules[1].because"
    assert error.advice == "Add `because = ...` there."


def test_a_control_names_a_source(shop: Shop) -> None:
    control = '[[controls]]\nsource = "biling"\npath = "t.csv"\nrows = "n"'
    assert refusal(lambda: shop.declare(tail=control)).what == (
        "control names source 'biling'. The closest known source is 'billing'."
    )


def test_a_column_names_a_declared_map(shop: Shop) -> None:
    error = refusal(
        lambda: shop.declare(
            head='[maps.product]\npath = "p.csv"',
            product='product = { column = "item", map = "produkt" }',
        )
    )
    assert error.what == (
        "billing.product names map 'produkt'. The closest known map is 'product'."
    )


def test_two_sources_of_one_name_are_refused(shop: Shop) -> None:
    twice = """
    [[sources]]
    name = "billing"
    table = "products"
    path = "products.csv"
    columns = { product = "item", family = "item" }
    """
    assert refusal(lambda: shop.declare(tail=twice)).what == (
        "two sources are named 'billing'; every source needs its own name"
    )


def test_a_name_of_the_state_folder_is_refused(shop: Shop) -> None:
    shop.declare()
    text = (shop.path / "book.toml").read_text(encoding="utf-8")
    shop.write("book.toml", text.replace('"billing"', '"state_comments"'))
    assert refusal(lambda: read_declaration(shop.path)).what == (
        "'state_comments' is a name pfkit keeps for the state folder; choose another"
    )


def test_a_calendar_that_cannot_be_is_refused(shop: Shop) -> None:
    declared = shop.declare(company="fiscal_year_start = 13")
    with pytest.raises(PeriodError, match="fiscal_year_start 13 is no month"):
        declared.company.fiscal_calendar()


def test_a_blank_of_rates_that_stand_across_needs_no_setting(shop: Shop) -> None:
    text = (
        '[company]\nname = "X"\ncurrency = "EUR"\n[[sources]]\nname = "ecb"\ntable = "rates"\n'
        'path = "ecb.csv"\nblank = "skip"\nknown_on = { column = "Date" }\n'
        'unpivot = { columns = ["USD"], into = "currency", value = "rate" }\n'
        'columns = { date = "Date", currency = "currency", rate = "rate" }\n'
    )
    (shop.path / "book.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BookError, match="leave `blank` out: an empty cell of `unpivot` is no row"):
        read_declaration(shop.path)


@pytest.mark.parametrize("setting", ['blank = "zero"', 'hierarchy = { code = "Code" }'])
def test_a_table_without_amounts_has_no_blanks_and_no_levels(shop: Shop, setting: str) -> None:
    text = (
        '[company]\nname = "X"\ncurrency = "EUR"\n[[sources]]\nname = "products"\n'
        f'table = "products"\npath = "p.csv"\n{setting}\n'
        'columns = { product = "p", family = "f" }\n'
    )
    (shop.path / "book.toml").write_text(text, encoding="utf-8")
    with pytest.raises(BookError, match="table products has no amount"):
        read_declaration(shop.path)


def test_a_name_in_another_script_asks_for_an_entity(shop: Shop) -> None:
    text = '[company]\nname = "Περιφέρεια"\ncurrency = "EUR"\n'
    (shop.path / "book.toml").write_text(text, encoding="utf-8")
    error = refusal(lambda: read_declaration(shop.path))
    assert "'Περιφέρεια' makes no folder name; add `entity`" in error.what
