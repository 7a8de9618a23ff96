"""``zarr consolidate``: the metadata of all below a group written into it."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import zarr
from zarr.cli.command import Command
from zarr.cli.lazy import nodes
from zarr.cli.output import say, say_json
from zarr.cli.places import add_place, place_of


def add_arguments(parser: ArgumentParser) -> None:
    add_place(parser, "path", help="a path or URL of a group")
    parser.add_argument("--json", action="store_true", help="print what was consolidated as JSON")


def run(args: Namespace) -> None:
    place = place_of(args, "path")
    with nodes.opened_group(place, "r+") as group:
        done = zarr.consolidate_metadata(group.store, path=group.path, zarr_format=group.metadata.zarr_format)
    consolidated = done.metadata.consolidated_metadata
    below = {} if consolidated is None else consolidated.flattened_metadata
    if args.json:
        say_json({"path": args.path, "nodes": sorted(below)})
    else:
        say(f"{args.path}: metadata of {len(below)} nodes consolidated")


COMMAND = Command(
    name="consolidate",
    help="write the metadata of all below a group into the group",
    details="""\
Opening a group with many members then takes one request. This package keeps them true from then on; after changes
by others, do it again.""",
    examples="""
zarr consolidate data.zarr
zarr consolidate s3://bucket/data.zarr
""",
    add_arguments=add_arguments,
    run=run,
)
