"""Compare the public names and signatures of this package with Zarr-Python's, by reflection in both.

    python compat/signatures.py --envs FOLDER

Prints what Zarr-Python has and this package has not: modules, names, methods, and parameters by name, order, kind and
default. That this package takes more is no difference, and what ``*args`` and ``**kwargs`` stand for is not compared.
"""

from __future__ import annotations

import argparse
import inspect
import json
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from environments import Environment

MODULES = (
    "zarr zarr.abc.buffer zarr.abc.codec zarr.abc.metadata zarr.abc.numcodec zarr.abc.store zarr.api.asynchronous "
    "zarr.api.synchronous zarr.buffer.cpu zarr.buffer.gpu zarr.codecs zarr.codecs.numcodecs zarr.core.array "
    "zarr.core.array_spec zarr.core.attributes zarr.core.buffer zarr.core.buffer.core zarr.core.buffer.cpu "
    "zarr.core.chunk_grids zarr.core.chunk_key_encodings zarr.core.common zarr.core.config zarr.core.dtype "
    "zarr.core.group zarr.core.indexing zarr.core.metadata zarr.core.metadata.v2 zarr.core.metadata.v3 zarr.core.sync "
    "zarr.core.sync_group zarr.dtype zarr.errors zarr.experimental zarr.experimental.cache_store "
    "zarr.metadata.migrate_v3 zarr.registry zarr.storage zarr.testing.buffer zarr.testing.stateful zarr.testing.store "
    "zarr.testing.strategies zarr.testing.utils zarr.types"
).split()

EXPECTED = {
    "zarr.AsyncArray.open": "opens what is there, of either format, where none is given",
    "zarr.AsyncGroup.open": "opens what is there, of either format, where none is given",
    "zarr.Group.open": "opens what is there, of either format, where none is given",
    "zarr.core.group.AsyncGroup.open": "opens what is there, of either format, where none is given",
    "zarr.core.group.Group.open": "opens what is there, of either format, where none is given",
    "zarr.core.group.ImplicitGroupMarker": "None stands for an empty mapping",
    "zarr.core.metadata.v2.parse_dtype": "is that of zarr.core.dtype",
}
"""Differences that are meant, and why."""

Signature = list[list[str]]


def list_names() -> list[str]:
    """Public names of the modules and of the classes in them; where there is no ``__all__``, the module's own."""
    names = []
    for module_name in MODULES:
        try:
            module = import_module(module_name)
        except ImportError:
            continue
        for name in getattr(module, "__all__", None) or _own_names(module):
            value = getattr(module, name, None)
            if not inspect.ismodule(value):
                names.append(f"{module_name}:{name}")
                names += [f"{module_name}:{name}.{member}" for member in _members(value)]
    return names


def _own_names(module: ModuleType) -> list[str]:
    values = {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return [n for n, v in values.items() if str(getattr(v, "__module__", "")).startswith(module.__name__)]


def _members(value: Any) -> list[str]:
    if not inspect.isclass(value):
        return []
    ours = [cls for cls in value.__mro__ if cls.__module__.startswith("zarr")]
    return sorted({name for cls in ours for name in vars(cls) if not name.startswith("_")})


def describe(names: list[str]) -> dict[str, Signature | None]:
    """The parameters of each name that is there and can be called; None for what cannot."""
    found: dict[str, Signature | None] = {}
    for name in names:
        module, _, path = name.partition(":")
        try:
            value: Any = import_module(module)
            for step in path.split("."):
                if step in getattr(value, "__dataclass_fields__", ()):  # which instances have
                    value = None
                    break
                value = getattr(value, step)
        except (ImportError, AttributeError):
            continue
        found[name.replace(":", ".")] = _parameters(value)
    return found


def _parameters(value: Any) -> Signature | None:
    try:
        found = list(inspect.signature(value).parameters.values())
    except (TypeError, ValueError):
        return None
    if found and found[0].name in ("self", "cls"):
        del found[0]
    return [
        [p.name.strip("_"), p.kind.name, "" if p.default is p.empty else _plain(p.default)] for p in found
    ]


def _plain(value: Any) -> str:
    if type(value).__module__.startswith("hypothesis"):
        return "a strategy"
    return repr(value).split(" at 0x")[0]


def differences(ours: dict[str, Any], theirs: dict[str, Any]) -> list[str]:
    """What is in theirs and not in ours, or is called in another way."""
    lines = []
    for name, expected in theirs.items():
        if name in EXPECTED:
            continue
        if name not in ours:
            lines.append(f"missing: {name}")
        elif expected is not None and ours[name] is not None and not accepts(ours[name], expected):
            lines.append(f"differs: {name}\n    ours   {_text(ours[name])}\n    theirs {_text(expected)}")
    return lines


def accepts(ours: Signature, theirs: Signature) -> bool:
    """Whether every call that fits theirs fits ours, as far as the parameters have names."""
    kinds = {name: kind for name, kind, _ in ours}
    defaults = {name: default for name, _, default in ours}
    for name, kind, default in theirs:
        if kind.startswith("VAR"):
            continue
        if name not in kinds:
            if not (kind == "KEYWORD_ONLY" and "VAR_KEYWORD" in kinds.values()):
                return False
        elif default and defaults[name] != default:
            return False
    positional = [name for name, kind, _ in theirs if kind.startswith("POSITIONAL")]
    known = {name for name, _, _ in theirs}
    open_ended = any(kind.startswith("VAR") for _, kind, _ in theirs)
    more = [n for n, kind, default in ours if n not in known and not default and not kind.startswith("VAR")]
    in_order = [name for name, kind, _ in ours if kind.startswith("POSITIONAL")][
        : len(positional)
    ] == positional
    return in_order and (open_ended or not more)


def _text(signature: Signature) -> str:
    stars = {"VAR_POSITIONAL": "*", "VAR_KEYWORD": "**"}
    parts, bare = [], False
    for name, kind, default in signature:
        if kind == "KEYWORD_ONLY" and not bare:
            parts.append("*")
        bare = bare or kind in ("KEYWORD_ONLY", "VAR_POSITIONAL")
        parts.append(f"{stars.get(kind, '')}{name}" + (f"={default}" if default else ""))
    return f"({', '.join(parts)})"


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--envs", type=Path, required=True, help="the folder that run.py made")
    parser.add_argument("--inside", choices=["list", "describe"], help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.inside:
        json.dump(list_names() if arguments.inside == "list" else describe(json.load(sys.stdin)), sys.stdout)
        return 0
    names = _ask(arguments.envs, "theirs", "list", "")
    theirs, ours = (
        _ask(arguments.envs, whose, "describe", json.dumps(names)) for whose in ("theirs", "ours")
    )
    lines = differences(ours, theirs)
    print("\n".join(lines))
    print(f"{len(theirs)} names, {len(lines)} differences, and {len(EXPECTED)} that are meant")
    return int(bool(lines))


def _ask(envs: Path, whose: str, what: str, given: str) -> Any:
    command = [
        str(Environment(envs.absolute() / whose).python),
        "-W",
        "ignore",
        __file__,
        "--envs",
        str(envs),
        "--inside",
        what,
    ]
    return json.loads(
        subprocess.run(command, check=True, input=given, stdout=subprocess.PIPE, text=True).stdout
    )


if __name__ == "__main__":
    sys.exit(main())
