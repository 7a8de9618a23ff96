"""``zarr remove-metadata``: the documents of one format deleted, where those of the other are."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace

from zarr.cli.changes import carry_out
from zarr.cli.command import Command
from zarr.cli.lazy import migrate_v3, nodes
from zarr.cli.places import add_place, place_of


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("zarr_format", choices=["v2", "v3"], help="the format whose documents to delete")
    add_place(parser, "path")
    parser.add_argument(
        "--force",
        action=BooleanOptionalAction,
        default=False,
        help="even where there are none of the other format; the data cannot be read then",
    )
    parser.add_argument(
        "--dry-run", action=BooleanOptionalAction, default=False, help="only say what would be deleted"
    )
    parser.add_argument("--json", action="store_true", help="print the deleted keys as JSON")


def run(args: Namespace) -> None:
    with nodes.opened_place(place_of(args, "path"), "r" if args.dry_run else "r+") as path:
        carry_out(
            migrate_v3.plan_of_removal(path, 2 if args.zarr_format == "v2" else 3, force=args.force), args
        )


COMMAND = Command(
    name="remove-metadata",
    help="delete the metadata of one format after a migration",
    details="Chunks stay. At every array and group there must be metadata of the other format.",
    examples="""
zarr remove-metadata v2 data.zarr --dry-run
zarr remove-metadata v2 data.zarr
""",
    add_arguments=add_arguments,
    run=run,
)
