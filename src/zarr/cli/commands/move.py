"""``zarr move``: an array or group moved or renamed."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from zarr.cli.command import Command
from zarr.cli.lazy import transfer
from zarr.cli.places import add_place, dest_of, place_of


def add_arguments(parser: ArgumentParser) -> None:
    add_place(parser, "source", help="what to move")
    add_place(parser, "dest", help="where to; with a slash at its end, into that group")
    parser.add_argument(
        "--if-exists",
        choices=["raise", "replace"],
        default="raise",
        help="what to do where a node is there: stop, or delete it first (raise)",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be moved")


def run(args: Namespace) -> None:
    source = place_of(args, "source")
    transfer.move(source, dest_of(args, source), args)


COMMAND = Command(
    name="move",
    aliases=("mv",),
    help="move or rename an array or group",
    details="""\
In one store, chunks are moved, on a local disk by a single rename. To another store they are copied, and the source
is deleted when all is there.""",
    examples="""
zarr move data.zarr/temp data.zarr/temperature
zarr move data.zarr/temperature data.zarr/old/
zarr move data.zarr s3://bucket/data.zarr
""",
    add_arguments=add_arguments,
    run=run,
)
