"""``zarr verify``: documents, chunks and keys looked at for damage, and what interruptions left put right."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

import zarr
from zarr.cli.command import Command, CommandError, UsageError
from zarr.cli.output import ProgressBar, say, say_json
from zarr.cli.places import add_place, place_of


def add_arguments(parser: ArgumentParser) -> None:
    add_place(parser, "path")
    parser.add_argument(
        "--repair", action="store_true", help="put right what can be without the loss of anything"
    )
    parser.add_argument(
        "--delete-outside",
        action="store_true",
        help="with --repair, also delete chunks that lie outside of the shape of their array",
    )
    parser.add_argument("--no-data", action="store_true", help="look at documents and keys, not at chunks")
    parser.add_argument("--json", action="store_true", help="print the report as JSON")


def run(args: Namespace) -> None:
    if args.delete_outside and not args.repair:
        raise UsageError("--delete-outside is a part of --repair")
    place = place_of(args, "path")
    with ProgressBar(f"verify {place}", unit="chunks") as bar:
        try:
            report = zarr.verify(
                place.store,
                path=place.path,
                repair=args.repair,
                delete_outside=args.delete_outside,
                data=not args.no_data,
                progress=bar,
                storage_options=place.options,
            )
        except FileNotFoundError as error:
            raise CommandError(f"{place}: {error}") from error
    if args.json:
        say_json(report.to_dict())
    else:
        for problem in report.problems:
            say(problem)
        say(report.summary)
    if not report.ok:
        wrong = sum(not problem.repaired for problem in report.problems)
        raise CommandError(f"{place}: {wrong} problem{'s' * (wrong != 1)} found")


COMMAND = Command(
    name="verify",
    help="look for damage in an array or group and all below it",
    details="""\
Every document is read, and every stored chunk is decoded. --repair finishes interrupted moves and changes of shape,
renews stale consolidated metadata and deletes temporary files older than a day; damaged chunks are never touched. The
exit status is 1 if anything is wrong that was not put right.""",
    examples="""
zarr verify data.zarr
zarr verify --repair data.zarr/group
zarr verify --no-data --json s3://bucket/data.zarr
""",
    add_arguments=add_arguments,
    run=run,
)
