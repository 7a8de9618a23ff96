"""Checked values of the configurations of codecs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar, cast

from zarr.core.common import parse_named_configuration
from zarr.errors import at

__all__ = ["configured", "parse_choice", "parse_flag", "parse_whole"]

T = TypeVar("T")


def configured(cls: type[T], data: Mapping[str, Any], name: str, *, required: bool = True) -> T:
    """A codec of its extension object; members that its constructor does not know are refused."""
    _, configuration = parse_named_configuration(cast("Any", data), name, require_configuration=required)
    given = dict(cast("Mapping[str, Any]", configuration or {}))
    known = _parameters(cls)  # type: ignore[arg-type]
    with at("configuration"):
        unknown = sorted(set(given) - set(known))
        if unknown:
            raise TypeError(f"codec {name!r} has no member {unknown[0]!r}; it has {list(known)}")
        for member, parameter in known.items():
            if parameter.default is parameter.empty and member not in given:
                with at(member):
                    raise TypeError(f"codec {name!r} needs this member and it is missing")
        return cls(**given)


@cache
def _parameters(cls: type[Any]) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(cls).parameters


def parse_choice(data: object, name: str, choices: tuple[str, ...]) -> str:
    """One of some strings."""
    if isinstance(data, str) and data in choices:
        return str(data)
    with at(name):
        raise ValueError(f"Expected one of {list(choices)}. Got {data!r}.")


def parse_whole(data: object, name: str, low: int | None, high: int | None) -> int:
    """An integer within bounds; None is no bound."""
    if isinstance(data, bool) or not hasattr(data, "__index__"):
        with at(name):
            raise TypeError(f"Expected an integer. Got {data!r}.")
    value = int(cast("Any", data).__index__())
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"of at least {low}" if high is None else f"of {low} to {high}"
        with at(name):
            raise ValueError(f"Expected an integer {bounds}. Got {value}.")
    return value


def parse_flag(data: object, name: str) -> bool:
    """True or False itself."""
    if isinstance(data, bool):
        return data
    with at(name):
        raise TypeError(f"Expected true or false. Got {data!r}.")
