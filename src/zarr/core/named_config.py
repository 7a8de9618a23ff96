"""The types of extension objects in documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, NotRequired

from typing_extensions import ReadOnly, TypedDict, TypeVar

__all__ = ["NamedConfig", "NamedRequiredConfig"]

TName = TypeVar("TName", bound=str, default=str, covariant=True)
TConfig = TypeVar("TConfig", bound=Mapping[str, object], default=Mapping[str, object], covariant=True)


class NamedConfig(TypedDict, Generic[TName, TConfig]):
    """An extension object of a document: a name, and a configuration where it needs one."""

    name: ReadOnly[TName]
    configuration: NotRequired[ReadOnly[TConfig]]


class NamedRequiredConfig(TypedDict, Generic[TName, TConfig]):
    """An extension object that always has a configuration."""

    name: ReadOnly[TName]
    configuration: ReadOnly[TConfig]
