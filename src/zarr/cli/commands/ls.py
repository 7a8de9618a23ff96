"""``zarr ls``: the members of a group, one per line."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from zarr.cli.command import Command
from zarr.cli.lazy import nodes
from zarr.cli.output import say, say_json
from zarr.cli.places import add_place, place_of

if TYPE_CHECKING:
    from zarr.cli.nodes import Node


def add_arguments(parser: ArgumentParser) -> None:
    add_place(parser, "path")
    parser.add_argument("-l", "--long", action="store_true", help="with data types, shapes and chunks")
    parser.add_argument("-r", "--recursive", action="store_true", help="also what is in groups among them")
    parser.add_argument("--json", action="store_true", help="print a list as JSON")


def run(args: Namespace) -> None:
    with nodes.opened(place_of(args, "path")) as node:
        if isinstance(node, nodes.Group):
            members = sorted(node.members(max_depth=None if args.recursive else 0), key=lambda item: item[0])
        else:
            members = [(node.basename or args.path, node)]
        if args.json:
            say_json([{**_row(member), "path": path} for path, member in members])
        else:
            _say_rows(members, args.long)


def _row(node: Node) -> dict[str, Any]:
    if isinstance(node, nodes.Group):
        return {"type": "group"}
    return {"type": "array", "dtype": str(node.dtype), "shape": node.shape, "chunks": node.info._chunk_shape}


def _say_rows(members: list[tuple[str, Node]], long: bool) -> None:
    table = []
    for path, node in members:
        facts = _row(node)
        texts = [str(facts.get(key, "")) for key in ("type", "dtype", "shape", "chunks")] if long else []
        table.append([*texts, path.replace("\n", "\\n") + ("/" if isinstance(node, nodes.Group) else "")])
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for *texts, name in table:
        say("  ".join([*map(str.ljust, texts, widths), name]))


COMMAND = Command(
    name="ls",
    help="list the members of a group",
    details="Groups end with a slash.",
    examples="""
zarr ls data.zarr
zarr ls -l -r data.zarr/group
zarr ls --json data.zarr
""",
    add_arguments=add_arguments,
    run=run,
)
