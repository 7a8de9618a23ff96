"""``zarr clean``: temporary files that interrupted writes have left, deleted."""

from __future__ import annotations

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace

import zarr
from zarr.cli.command import Command
from zarr.cli.output import say, say_json, size_of
from zarr.cli.places import add_place, place_of

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def add_arguments(parser: ArgumentParser) -> None:
    add_place(parser, "path", help="a path of an array or group")
    parser.add_argument(
        "--older-than",
        type=_age,
        metavar="AGE",
        default=86400.0,
        help="how long ago they were last changed, at least: as 30m, 12h or 1d (1d)",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be deleted")
    parser.add_argument("--json", action="store_true", help="print what was deleted as JSON")


def _age(text: str) -> float:
    """An age in seconds."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    if found is None:
        raise ArgumentTypeError(f"expected a number and s, m, h or d; got {text!r}")
    return float(found[1]) * _UNITS[found[2] or "s"]


def run(args: Namespace) -> None:
    place = place_of(args, "path")
    found = zarr.clean(
        place.store,
        path=place.path,
        older_than=args.older_than,
        dry_run=args.dry_run,
        storage_options=place.options,
    )
    if args.json:
        say_json({"dry_run": args.dry_run, "deleted": [leftover._asdict() for leftover in found]})
        return
    for leftover in found:
        say(f"{'would delete' if args.dry_run else 'deleted'} {leftover.name}, {size_of(leftover.nbytes)}")
    total = size_of(sum(leftover.nbytes for leftover in found))
    say(f"{args.path}: {len(found)} temporary files, {total}")


COMMAND = Command(
    name="clean",
    help="delete temporary files that interrupted writes have left",
    details="""\
They are never seen as keys, and only take room: files of this package, of Zarr-Python and of TensorStore. A store
that is no folder has none.""",
    examples="""
zarr clean data.zarr --dry-run
zarr clean --older-than 1h data.zarr
""",
    add_arguments=add_arguments,
    run=run,
)
