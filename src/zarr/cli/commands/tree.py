"""``zarr tree``: all that is below a group, drawn."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from typing import TYPE_CHECKING, Any

from zarr.cli.command import Command
from zarr.cli.lazy import nodes
from zarr.cli.output import say, say_json
from zarr.cli.places import add_place, place_of

if TYPE_CHECKING:
    from zarr.cli.nodes import Node


def add_arguments(parser: ArgumentParser) -> None:
    add_place(parser, "path")
    parser.add_argument("-L", "--level", type=_number, help="how many levels to draw")
    parser.add_argument(
        "--max-nodes", type=_number, default=500, help="how many nodes to draw at the most (500)"
    )
    parser.add_argument("--sizes", action="store_true", help="with the bytes that are stored of each array")
    parser.add_argument(
        "--json", action="store_true", help="print JSON, nested, of all nodes down to the level"
    )


def _number(text: str) -> int:
    if not text.isdecimal():
        raise ArgumentTypeError(f"expected a whole number, 0 or more; got {text!r}")
    return int(text)


def run(args: Namespace) -> None:
    with nodes.opened(place_of(args, "path")) as node:
        if args.json:
            say_json(_nested(node, args.level, args.sizes))
        elif isinstance(node, nodes.Group):
            say(str(node.tree(level=args.level, max_nodes=args.max_nodes, sizes=args.sizes)).rstrip("\n"))
        else:
            say(f"{node.name} {node.shape} {node.dtype}")


def _nested(node: Node, level: int | None, sizes: bool) -> dict[str, Any]:
    top = _entry(node, sizes)
    if isinstance(node, nodes.Group) and level != 0:
        for path, member in node.members(max_depth=None if level is None else level - 1):
            *parents, name = path.split("/")
            holder = top
            for parent in parents:
                holder = holder["members"][parent]
            holder["members"][name] = _entry(member, sizes)
    return top


def _entry(node: Node, sizes: bool) -> dict[str, Any]:
    if isinstance(node, nodes.Group):
        return {"type": "group", "members": {}}
    out = {"type": "array", "shape": node.shape, "dtype": str(node.dtype)}
    return {**out, "nbytes_stored": node.nbytes_stored()} if sizes else out


COMMAND = Command(
    name="tree",
    help="draw what is below a group",
    examples="""
zarr tree data.zarr
zarr tree --level 1 --sizes data.zarr/group
zarr tree --json data.zarr
""",
    add_arguments=add_arguments,
    run=run,
)
