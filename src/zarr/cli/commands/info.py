"""``zarr info``: what an array or group is."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from zarr.cli.command import Command
from zarr.cli.lazy import nodes
from zarr.cli.output import say, say_json
from zarr.cli.places import add_place, place_of


def add_arguments(parser: ArgumentParser) -> None:
    add_place(parser, "path")
    parser.add_argument("--complete", action="store_true", help="also count stored chunks, bytes and members")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: Namespace) -> None:
    with nodes.opened(place_of(args, "path")) as node:
        if args.json:
            say_json(nodes.facts(node, args.complete))
        else:
            say(node.info_complete() if args.complete else node.info)


COMMAND = Command(
    name="info",
    help="show what an array or group is",
    details="Shape, data type, chunks, codecs and, with --complete, what is stored of it.",
    examples="""
zarr info data.zarr
zarr info --complete data.zarr/temperature
zarr info --json s3://bucket/data.zarr/temperature --storage-option anon=true
""",
    add_arguments=add_arguments,
    run=run,
)
