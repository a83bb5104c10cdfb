from __future__ import annotations

from typing import TYPE_CHECKING

from pfkit import measures
from pfkit.present import tables
from tests.measures.test_forecast_value_added import _known, _said
from tests.present.tables.test_cloud_cost import plain
from tests.present.tables.test_forecast_vintages import holds

if TYPE_CHECKING:
    from collections.abc import Callable

    from pfkit.contracts import About
    from pfkit.present.exhibit import Exhibit


def shown(about: About, champion: str = "full", **errors: list[float]) -> Exhibit:
    said = _said({name: {"Atlas": own} for name, own in errors.items()})
    result = measures.forecast_register(said, _known(), period="2025-12", champion=champion)
    return tables.forecast_register(result, about=about)


def test_a_better_method_takes_the_place(about: About, compiled: Callable[..., bytes]) -> None:
    found = shown(about, full=[5.0] * 12, adopted=[4.0] * 12, naive=[9.0] * 12)
    assert plain(found.message) == (
        "The budget (adopted) takes the place of the statistical method (full): it missed by "
        "4.0 % where the method in use missed by 5.0 %"
    )
    assert [row[0] for row in found.printed] == [
        "Statistical (full)",
        "Budget (adopted)",
        "Last year's value",
    ]
    assert holds(found)
    assert compiled(found).startswith(b"%PDF")


def test_none_better_keeps_the_method_in_use(about: About) -> None:
    found = shown(about, full=[5.0] * 12, theta=[4.0, 6.0] * 6, naive=[9.0] * 12)
    assert plain(found.message) == (
        "None of 2 challengers is better beyond chance: the statistical method (full) stays in use"
    )
    assert holds(found)
    one = shown(about, "theta", theta=[5.0] * 12, naive=[9.0] * 12)
    assert one.message == ("The 1 challenger is not better beyond chance: theta stays in use")


def test_without_challengers_the_error_is_told(about: About) -> None:
    found = shown(about, full=[5.0] * 12)
    assert plain(found.message) == (
        "The method in use (the statistical method (full)) missed by 5.0 % of revenue; "
        "nothing challenges it"
    )
