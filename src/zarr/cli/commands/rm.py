"""``zarr rm``: arrays and groups deleted."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from zarr.cli.command import Command, CommandError
from zarr.cli.lazy import nodes
from zarr.cli.output import confirm, say
from zarr.cli.places import Place, add_place, place_of


def add_arguments(parser: ArgumentParser) -> None:
    add_place(parser, "path")
    parser.add_argument("-r", "--recursive", action="store_true", help="delete a group with its members")
    parser.add_argument("-y", "--yes", action="store_true", help="do not ask")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")


def run(args: Namespace) -> None:
    place = place_of(args, "path")
    if not nodes.is_node(place):
        raise CommandError(f"{place}: there is no Zarr array or group; nothing was deleted")
    what = _describe(place, args.recursive)
    if args.dry_run:
        say(f"would delete {what}")
        return
    if not args.yes:
        confirm(f"Delete {what}?")
    nodes.delete(place)


def _describe(place: Place, recursive: bool) -> str:
    try:
        with nodes.opened(place) as node:
            if not isinstance(node, nodes.Group):
                return f"the array {place}, {node.shape} {node.dtype}"
            members = node.nmembers(max_depth=None)
    except ValueError:
        return f"{place}, which cannot be opened, with all below it"
    if members and not recursive:
        raise CommandError(
            f"{place} is a group with {members} nodes below it; give --recursive to delete them all"
        )
    return f"the group {place} with {members} nodes below it"


COMMAND = Command(
    name="rm",
    help="delete an array or group",
    details="It asks first. What is not of Zarr is never deleted.",
    examples="""
zarr rm data.zarr/temperature
zarr rm --recursive --yes data.zarr/group
""",
    add_arguments=add_arguments,
    run=run,
)
