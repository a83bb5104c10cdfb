"""What a book may add to our contracts, and what it may not take away."""

from __future__ import annotations

import json
import re
from importlib import resources
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import jsonschema
import pytest
import yaml

from pfkit.contracts import contract, dictionary
from pfkit.contracts.extend import book_contracts, extended
from pfkit.contracts.standard import DOCUMENT, OPTIONS, PROPERTY, QUALITY, SCHEMA
from pfkit.errors import ContractError

if TYPE_CHECKING:
    from pathlib import Path

HEAD = """
apiVersion: v3.1.0
kind: DataContract
id: shop
version: 1.0.0
status: active
"""
REGION = """
schema:
  - name: invoices
    quality:
      - name: credit without a refund kind
        type: sql
        description: A negative line is a refund.
        query: SELECT count(*) FROM {object} WHERE amount_local < 0 AND kind <> 'refund'
        mustBe: 0
    properties:
      - name: region
        description: Sales region of the shop.
        logicalType: string
        required: true
        quality:
          - metric: invalidValues
            arguments: {validValues: [north, south]}
            mustBe: 0
      - name: discount
        description: Share given away.
        logicalType: number
        logicalTypeOptions: {minimum: 0, maximum: 1}
        customProperties:
          - {property: unit, value: fraction}
      - name: customer
        logicalType: string
        required: true
      - name: line_no
        logicalType: string
        unique: true
      - name: country
        logicalType: string
        logicalTypeOptions: {pattern: '^[A-Z]{2}$'}
        description: Country code of the customer.
"""
SPAN = (
    "name: span, logicalType: string, "
    "quality: [{{metric: invalidValues, arguments: {{validValues: [{}]}}}}]"
)
STORES = """
team: {name: Property}
schema:
  - name: x_stores
    description: The shops that are open.
    properties:
      - name: store
        description: Number of the shop.
        logicalType: string
        primaryKey: true
        required: true
      - name: opened
        description: First day of business.
        logicalType: date
      - name: rent
        description: Rent of a month.
        logicalType: number
        customProperties:
          - {property: kind, value: money}
"""


def plain(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(HEAD + text)
    return found


def refused(text: str) -> str:
    with pytest.raises(ContractError) as caught:
        extended(plain(text), "contracts/shop.yaml")
    return str(caught.value)


def column(entry: str, table: str = "invoices") -> str:
    return f"schema:\n  - name: {table}\n    properties:\n      - {{{entry}}}\n"


def test_a_book_adds_columns_and_asks_for_more() -> None:
    found = extended(plain(REGION), "contracts/invoices.yaml")
    ours = contract("invoices")
    assert found.names == (*ours.names, "region", "discount")
    assert found.column("region").values == ("north", "south")
    assert found.column("region").required
    assert (found.column("discount").minimum, found.column("discount").maximum) == (0, 1)
    assert found.column("discount").unit == "fraction"
    assert found.column("customer").required
    assert not ours.column("customer").required
    assert found.column("customer").restricted
    assert found.column("line_no").unique
    assert found.column("country").description == "Country code of the customer."
    assert (found.amount, found.grain, found.owner) == (ours.amount, ours.grain, ours.owner)
    (*_, rule) = found.rules
    assert rule.name == "credit without a refund kind"
    assert rule.broken == "amount_local < 0 AND kind <> 'refund'"


def test_a_table_of_the_books_own() -> None:
    found = extended(plain(STORES), "contracts/stores.yaml")
    assert (found.table, found.title, found.key) == ("x_stores", "Stores", ("store",))
    assert [c.kind for c in found.columns] == ["text", "date", "money"]
    assert (found.owner, found.amount, found.grain) == ("Property", None, ("store",))


@pytest.mark.parametrize("text", [REGION, STORES])
def test_what_is_read_follows_the_published_schema(text: str) -> None:
    package = pytest.importorskip("open_data_contract_standard")
    schema = json.loads((resources.files(package) / "schema.json").read_text(encoding="utf-8"))
    found = jsonschema.Draft201909Validator(schema).iter_errors(plain(text))
    assert [f"{error.json_path}: {error.message}" for error in found] == []


def test_every_key_we_know_is_one_of_the_standard() -> None:
    package = pytest.importorskip("open_data_contract_standard")
    schema = json.loads((resources.files(package) / "schema.json").read_text(encoding="utf-8"))
    part = schema["$defs"]
    element = set(part["SchemaElement"]["properties"])
    operators = {key for one in part["DataQualityOperators"]["oneOf"] for key in one["properties"]}
    quality = {*part["DataQuality"]["properties"], *part["DataQualityLibrary"]["properties"]}
    assert set(DOCUMENT) <= set(schema["properties"])
    assert set(SCHEMA) <= element | set(part["SchemaObject"]["properties"])
    assert set(PROPERTY) <= element | set(part["SchemaBaseProperty"]["properties"])
    assert set(QUALITY) <= quality | operators | set(part["DataQualitySql"]["properties"])
    assert set(OPTIONS) == {"pattern", "minimum", "maximum", "exclusiveMinimum"}


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (
            "name: product, logicalType: string, required: false",
            "asks for not required, where .* says required",
        ),
        ("name: amount, logicalType: string", "asks for text, where .* says money"),
        (
            "name: customer, logicalType: string, classification: public",
            "asks for classification 'public'",
        ),
        (
            "name: currency, logicalType: string, logicalTypeOptions: {pattern: '^[a-z]{3}$'}",
            r"asks for the form \^\[a-z\]\{3\}\$, where .* says the form \^\[A-Z\]\{3\}\$",
        ),
        (
            "name: price, logicalType: number, customProperties: [{property: unit, value: cents}]",
            "unit 'cents', where .* says unit 'currency of the row per unit'",
        ),
    ],
)
def test_no_column_is_loosened(entry: str, said: str) -> None:
    text = refused(column(entry)).splitlines()
    assert text[0].startswith("contracts/shop.yaml invoices.")
    assert re.search(said, text[0]), text[0]
    assert text[1] == (
        "  -> A book may ask for more than pfkit does, never for less or for something else."
    )


@pytest.mark.parametrize(
    ("table", "entry", "said"),
    [
        (
            "rates",
            "name: rate, logicalType: number, logicalTypeOptions: {exclusiveMinimum: -1}",
            "above -1",
        ),
        (
            "initiatives",
            "name: hurdle_rate, logicalType: number, logicalTypeOptions: {maximum: 2}",
            "maximum 2",
        ),
        (
            "actuals",
            SPAN.format("week"),
            "one of week, where the contract of pfkit says one of month, quarter, ytd, year",
        ),
        (
            "products",
            "name: name, logicalType: string, primaryKey: true",
            "key name, where .* says key product",
        ),
    ],
)
def test_no_rule_is_loosened(table: str, entry: str, said: str) -> None:
    assert re.search(said, refused(column(entry, table)))


def test_a_narrower_list_and_bound_are_taken() -> None:
    spans = SPAN.format("month")
    assert extended(plain(column(spans, "actuals")), "c").column("span").values == ("month",)
    bound = "name: hurdle_rate, logicalType: number, logicalTypeOptions: {maximum: 0.3}"
    assert extended(plain(column(bound, "initiatives")), "c").column("hurdle_rate").maximum == 0.3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (column("name: a, typ: x"), "does not know the key 'typ'"),
        (
            column("name: a, logicalType: string, required: ja"),
            "required is 'ja', not true or false",
        ),
        (column("name: a, logicalType: string"), "has no description"),
        (column("name: A B, logicalType: string"), "is no name for a column"),
        (column("name: a, logicalType: strin"), "The closest known logical type is 'string'"),
        (
            column(
                "name: a, description: A., logicalType: string, logicalTypeOptions: {minimum: 1}"
            ),
            "of kind text has no minimum",
        ),
        (
            column(
                "name: a, description: A., logicalType: string, logicalTypeOptions: {pattern: '['}"
            ),
            "is no regular expression",
        ),
        (
            column("name: a, logicalType: string, logicalTypeOptions: {maxLength: 3}"),
            "the key 'maxLength'",
        ),
        (
            column(
                "name: customer, logicalType: string, quality: [{metric: nullValues, mustBe: 0}]"
            ),
            "Say `required: true`.",
        ),
        (
            column("name: price, logicalType: number, quality: [{type: custom, engine: x}]"),
            "does not know the key 'engine'",
        ),
        ("schema: [{name: invoice}]", "The closest known table is 'invoices'."),
        ("schema: [{name: stores}]", "A table of the book's own is called x_..."),
        ("schema: [{name: revenue}]", "made by pfkit itself"),
        ("schema: [{name: x_a}]", "has no column"),
        ("schema: []", "schema lists 0 tables"),
        ("scheme: []", "The closest known key is 'schema'."),
        ("name: x", "the key 'schema' is absent"),
        (column("name: customer"), "the key 'logicalType' is absent"),
    ],
)
def test_a_wrong_file_says_what_to_mend(text: str, said: str) -> None:
    assert said in refused(text)


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("type: sql, description: A., query: x, mustBe: 0", "a sql rule has no name"),
        ("type: sql, name: a, query: x, mustBe: 0", "a sql rule has no description"),
        ("type: sql, name: a, description: A., query: amount < 0, mustBe: 0", "SELECT count(*)"),
        (
            "type: sql, name: a, description: A., mustBe: 3, query: SELECT 1",
            "rule 'a' is no count of broken rows",
        ),
        ("metric: rowCount, mustBe: 3", "a metric over the whole table checks no row"),
    ],
)
def test_a_rule_that_checks_no_row_is_refused(rule: str, said: str) -> None:
    assert said in refused(f"schema:\n  - name: invoices\n    quality:\n      - {{{rule}}}\n")


def test_a_rule_of_a_column_names_it_as_the_standard_does() -> None:
    text = column(
        "name: price, logicalType: number, quality: [{type: sql, name: odd, "
        "description: No., "
        "mustBe: 0, query: 'SELECT COUNT(*) FROM ${object} WHERE ${property} > 9000'}]"
    )
    (*_, rule) = extended(plain(text), "c").rules
    assert rule.broken == '"price" > 9000'


def test_a_book_adds_its_rules_to_ours() -> None:
    rule = (
        "schema:\n  - name: milestones\n    quality:\n      - {type: sql, name: NAME, "
        "description: Every milestone has a weight., mustBe: 0, "
        "query: 'SELECT count(*) FROM {object} WHERE weight IS NULL'}\n"
    )
    names = [each.name for each in extended(plain(rule.replace("NAME", "no weight")), "c").rules]
    assert names == ["done after it was known", "no weight"]
    assert "pfkit has a rule named 'done after it was known'" in refused(
        rule.replace("NAME", "done after it was known")
    )


def test_two_files_may_not_speak_of_one_table(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yml"):
        (tmp_path / "contracts").mkdir(exist_ok=True)
        (tmp_path / "contracts" / name).write_text(HEAD + REGION, encoding="utf-8")
    with pytest.raises(ContractError, match=r"contracts/b.yml: .* in contracts/a.yaml already"):
        book_contracts(tmp_path)


def test_a_file_that_is_no_yaml_says_so(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "a.yaml").write_text("a: [", encoding="utf-8")
    with pytest.raises(ContractError, match=r"contracts/a.yaml: is not readable YAML"):
        book_contracts(tmp_path)
    (tmp_path / "contracts" / "a.yaml").write_text("- a", encoding="utf-8")
    with pytest.raises(ContractError, match="holds no contract"):
        book_contracts(tmp_path)


def test_the_dictionary_of_a_book_prints_what_it_adds(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    for name, text in (("invoices.yaml", REGION), ("stores.yaml", STORES)):
        (tmp_path / "contracts" / name).write_text(dedent(HEAD + text), encoding="utf-8")
    page = dictionary(book_contracts(tmp_path))
    section = page.split("\n## invoices\n")[1].split("\n## ")[0]
    assert "- Of the book, in `contracts/invoices.yaml`" in section
    assert "- Rule `credit without a refund kind`: A negative line is a refund." in section
    assert "| `region` | text | yes |  | Sales region of the shop. | one of `north`, `south` |" in (
        section
    )
    assert "of the form `^[A-Z]{2}$`" in section
    assert "\n## x_stores\n" in page
    assert "contracts/" not in dictionary().split("\n", 6)[6]
