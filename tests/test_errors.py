from __future__ import annotations

import pickle

import pytest

from pfkit import errors
from pfkit.errors import ContractError, PfkitError, closest, near_miss

KINDS = [
    kind
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, PfkitError)
]


def test_a_message_says_where_what_and_what_to_do() -> None:
    error = ContractError(
        "product 'Atlass' is not in products",
        where="actuals (row 17)",
        advice="Add it to products.csv.",
    )
    assert str(error) == (
        "actuals (row 17): product 'Atlass' is not in products\n  -> Add it to products.csv."
    )


def test_a_message_may_do_without_a_place_or_advice() -> None:
    assert str(PfkitError("it broke")) == "it broke"
    assert str(PfkitError("it broke", where="here")) == "here: it broke"
    assert str(PfkitError("it broke", advice="Mend it.")) == "it broke\n  -> Mend it."


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_is_one_of_ours_and_survives_a_process(kind: type[PfkitError]) -> None:
    again = pickle.loads(pickle.dumps(kind("what", where="where", advice="advice")))  # noqa: S301 (made here)
    assert type(again) is kind
    assert (again.what, again.where, again.advice) == ("what", "where", "advice")
    assert str(again) == "where: what\n  -> advice"
    assert kind.__doc__


def test_there_is_an_error_for_every_room() -> None:
    assert {kind.__name__ for kind in KINDS} >= {
        "BookError",
        "SourceError",
        "ContractError",
        "ControlError",
        "PeriodError",
        "ParameterError",
        "MeasureError",
        "ReportError",
    }


@pytest.mark.parametrize(
    ("word", "found"),
    [("Atlass", "Atlas"), ("atlas", "Atlas"), ("BOREA", "Borea"), ("zzz", None)],
)
def test_the_nearest_word_ignores_case(word: str, found: str | None) -> None:
    assert closest(word, ["Atlas", "Borea"]) == found


def test_without_a_near_miss_what_is_known_is_listed() -> None:
    assert near_miss("zzz", ["b", "a"], noun="key") == "Known: 'a', 'b'."
    many = near_miss("zzz", [f"k{number:02d}" for number in range(15)], noun="key")
    assert many.startswith("Known: 'k00', 'k01'")
    assert many.endswith("'k11' and 3 more.")
