"""What the rows of a file refer to, so that only a change of that makes them anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pfkit.conform.amounts import day_sql
from pfkit.conform.engine import literal, quoted
from pfkit.conform.partitions.store import digest_of
from pfkit.conform.settle import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pfkit.conform.declaration import Source
    from pfkit.conform.mapping import Setting

#: Values of a column that are kept one by one; beyond, all of a map or dimension counts.
_MOST: Final = 50_000
_SIGNED: Final = frozenset({"debit_positive", "credit_positive"})


class Used:
    """Collects over the batches of a file what its rows refer to."""

    def __init__(self) -> None:
        self.values: dict[str, set[str]] = {}
        self.maps: dict[str, set[str]] = {}
        self.rates: dict[str, list[str]] = {}

    def look(self, source: Source, setting: Setting) -> None:
        """Add what the batch in ``picked_<source>`` and ``valued_<source>`` refers to."""
        engine, name = setting.engine, source.name
        valued = quoted(f"valued_{name}")
        for column in source.promise.names:
            if column in REFERENCES and REFERENCES[column] != source.promise.table:
                rows = engine.rows(f"SELECT DISTINCT {quoted(column)} FROM {valued}")
                self.values.setdefault(column, set()).update(row[0] or "" for row in rows)
        for column, mapping in source.columns.items():
            if mapping.map is not None:
                key = setting.maps[mapping.map].key_sql(quoted(f"v_{column}"))
                rows = engine.rows(f"SELECT DISTINCT {key} FROM {quoted(f'picked_{name}')}")
                self.maps.setdefault(mapping.map, set()).update(row[0] or "" for row in rows)
        if source.promise.conversions:
            day = day_sql(set(source.promise.names), setting)
            rows = engine.rows(
                f"SELECT m.currency, CAST(min({day}) AS VARCHAR), CAST(max({day}) AS VARCHAR) "
                f"FROM {valued} m WHERE m.currency IS NOT NULL AND {day} IS NOT NULL GROUP BY 1"
            )
            for currency, first, last in rows:
                known = self.rates.setdefault(currency, [first, last])
                known[:] = [min(known[0], first), max(known[1], last)]

    def plain(self) -> dict[str, Any]:
        """Return it as plain values; None for more than are kept one by one."""
        return {
            "values": {name: _listed(held) for name, held in sorted(self.values.items())},
            "maps": {name: _listed(held) for name, held in sorted(self.maps.items())},
            "rates": dict(sorted(self.rates.items())),
        }


def _listed(values: set[str]) -> list[str] | None:
    return sorted(values) if len(values) <= _MOST else None


def refers(
    used: dict[str, Any],
    source: Source,
    setting: Setting,
    dimensions: Mapping[str, tuple[str, ...]],
) -> str:
    """Return a digest of what the rows of a file refer to, as it is now."""
    found: list[Any] = []
    for column, values in used["values"].items():
        held = dimensions.get(REFERENCES[column])
        mine = None if held is None else sorted(set(held) & set(held if values is None else values))
        found.append([column, mine])
    for name, keys in used["maps"].items():
        among = "TRUE" if keys is None else "list_contains(?, key)"
        rows = setting.engine.rows(
            f"SELECT key, value FROM {quoted(setting.maps[name].table)} WHERE {among} ORDER BY ALL",
            [] if keys is None else [keys],
        )
        found.append([name, setting.maps[name].declared.unmapped, rows])
    for currency, (first, last) in used["rates"].items():
        rows = setting.engine.rows(
            "SELECT CAST(greatest(first_day, CAST(? AS DATE)) AS VARCHAR), "
            "CAST(least(last_day, CAST(? AS DATE)) AS VARCHAR), CAST(rate AS VARCHAR) "
            "FROM rate_of WHERE currency = ? AND kind = ? AND first_day <= CAST(? AS DATE) "
            "AND last_day >= CAST(? AS DATE) ORDER BY ALL",
            [first, last, currency, source.rate_kind or setting.rate_kind, last, first],
        )
        found.append([currency, rows])
    if source.sign in _SIGNED:
        accounts = used["values"].get("account")
        among = "TRUE" if accounts is None else "list_contains(?, account)"
        found.append(
            setting.engine.rows(
                f"SELECT account, favorable_when FROM final_accounts WHERE {among} ORDER BY ALL",
                [] if accounts is None else [accounts],
            )
        )
    return digest_of(source.name, found)[:12]


def rule_digest(source: Source, setting: Setting) -> str:
    """Return a digest of what a declaration says of a source's rows, beside the rows themselves."""
    return digest_of(
        source.model_dump_json(exclude={"path", "optional"}),
        repr(source.promise),
        setting.currency,
        setting.zone,
        setting.rate_kind,
        repr(setting.calendar),
        literal(source.table),
    )
