"""``zarr attrs``: attributes shown, set and deleted."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from typing import Any

from zarr.cli.command import Command, CommandError, UsageError
from zarr.cli.lazy import nodes
from zarr.cli.output import as_json, say, say_json
from zarr.cli.places import add_place, place_of


def add_arguments(parser: ArgumentParser) -> None:
    add_place(parser, "path")
    parser.add_argument(
        "items", metavar="KEY[=VALUE]", nargs="*", default=[], help="show one attribute, or set it"
    )
    parser.add_argument(
        "-d", "--delete", metavar="KEY", action="append", default=[], help="delete an attribute"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: Namespace) -> None:
    new = {
        key: _value(value) for key, equals, value in (item.partition("=") for item in args.items) if equals
    }
    shown = [item for item in args.items if "=" not in item]
    if shown and (new or args.delete):
        raise UsageError("show attributes, or change them, not both")
    if "" in new:
        raise UsageError("the name of an attribute is empty")
    if new or args.delete:
        _change(args, new)
    else:
        _show(args, shown)


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _change(args: Namespace, new: dict[str, Any]) -> None:
    with nodes.opened(place_of(args, "path"), "r+") as node:
        node.attrs.refresh()  # consolidated metadata, in which it was found, may be behind
        _check_there(args.delete, node.attrs.asdict())
        with node.attrs.batch() as attributes:
            for key in dict.fromkeys(args.delete):
                del attributes[key]
            attributes.update(new)


def _show(args: Namespace, names: list[str]) -> None:
    with nodes.opened(place_of(args, "path")) as node:
        attributes: dict[str, Any] = node.attrs.asdict()
    _check_there(names, attributes)
    if args.json:
        say_json({name: attributes[name] for name in names or attributes})
    elif names:
        for name in names:
            say(_text(attributes[name]))
    else:
        for name, value in attributes.items():
            say(f"{name} = {as_json(value)}")


def _check_there(names: list[str], attributes: dict[str, Any]) -> None:
    for name in names:
        if name not in attributes:
            raise CommandError(f"there is no attribute {name!r}; there are {sorted(attributes)}")


def _text(value: Any) -> str:
    return value if isinstance(value, str) else as_json(value)


COMMAND = Command(
    name="attrs",
    help="show, set or delete attributes",
    details="A value is JSON; what is no JSON is a string.",
    examples="""
zarr attrs data.zarr
zarr attrs data.zarr/temperature units
zarr attrs data.zarr/temperature units=K valid_range='[0, 400]'
zarr attrs data.zarr/temperature --delete valid_range
""",
    add_arguments=add_arguments,
    run=run,
)
