"""Published cases on variances: their inputs as pfkit takes them, its answer as they state it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: The function a case names, and what pfkit answers to its inputs.
ADAPTERS: dict[str, Callable[[Mapping[str, Any]], Any]] = {}
