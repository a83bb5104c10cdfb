"""What a source keeps of the adapter it was declared with."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import BeforeValidator, Field, field_validator

from pfkit.conform.shape import Strict


def _one_or_more(value: object) -> object:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_more)]


class Columns(Strict):
    """How an export may call its columns, and which of them it may lack."""

    aliases: dict[str, Names] = Field(default_factory=dict)
    optional: tuple[str, ...] = ()
    gather: dict[str, str] = Field(default_factory=dict)

    @field_validator("gather")
    @classmethod
    def _one_group(cls, gather: dict[str, str]) -> dict[str, str]:
        for column, pattern in gather.items():
            try:
                groups = re.compile(pattern).groups
            except re.error as error:
                message = f"gather.{column} {pattern!r} is no regular expression: {error}"
                raise ValueError(message) from error
            if groups != 1:
                message = f"gather.{column} {pattern!r} needs one group around the key"
                raise ValueError(message)
        return gather


class Adapted(Columns):
    """The adapter a source was declared with: its name and version, and the names it knows."""

    name: str
    version: str = ""
