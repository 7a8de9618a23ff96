"""``zarr migrate``: metadata of format 2 written again as format 3."""

from __future__ import annotations

from argparse import ArgumentParser, BooleanOptionalAction, Namespace
from contextlib import ExitStack

from zarr.cli.changes import carry_out
from zarr.cli.command import Command, UsageError
from zarr.cli.lazy import migrate_v3, nodes
from zarr.cli.places import add_place, place_of


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("zarr_format", choices=["v3"], help="the format to migrate to")
    add_place(parser, "input", help="what to migrate")
    parser.add_argument(
        "output",
        metavar="OUTPUT",
        nargs="?",
        help="where to write the documents, without chunks; INPUT if not given",
    )
    for name, text in _FLAGS.items():
        parser.add_argument(f"--{name}", action=BooleanOptionalAction, default=False, help=text)
    parser.add_argument(
        "--json", action="store_true", help="print the keys that are written and deleted as JSON"
    )


_FLAGS = {
    "dry-run": "only say what would be done",
    "overwrite": "replace metadata of format 3 that are there",
    "force": "with --overwrite: even where there are none of format 2",
    "remove-v2-metadata": "delete the metadata of format 2 afterwards",
}


def run(args: Namespace) -> None:
    if args.force and not args.overwrite:
        raise UsageError("--force has a meaning only with --overwrite")
    source = place_of(args, "input")
    with ExitStack() as stack:
        read = stack.enter_context(nodes.opened_place(source, "r" if args.output or args.dry_run else "r+"))
        written = read
        if args.output:
            written = stack.enter_context(nodes.opened_place(place_of(args, "output"), "a"))
        changes = migrate_v3.plan(
            read, written, overwrite=args.overwrite, force=args.force, remove_v2=args.remove_v2_metadata
        )
        carry_out(changes, args)


COMMAND = Command(
    name="migrate",
    help="write metadata of format 2 as format 3, in place",
    details="""\
Chunks are neither read nor written: each array and group gets a zarr.json beside its documents of format 2, which
stay until --remove-v2-metadata. All is converted and checked before anything is written. To write the chunks anew
too, use zarr copy --zarr-format 3.""",
    examples="""
zarr migrate v3 data.zarr --dry-run
zarr migrate v3 data.zarr
zarr migrate v3 data.zarr --remove-v2-metadata
zarr migrate v3 data.zarr metadata-only.zarr
""",
    add_arguments=add_arguments,
    run=run,
)
