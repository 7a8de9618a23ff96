"""``zarr copy``: an array or group copied, as it is or in another format, other chunks, another compressor."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from typing import Any

from zarr.cli.command import Command
from zarr.cli.lazy import transfer
from zarr.cli.places import add_place, dest_of, place_of


def add_arguments(parser: ArgumentParser) -> None:
    add_place(parser, "source", help="what to copy")
    add_place(parser, "dest", help="where to; with a slash at its end, into that group")
    parser.add_argument(
        "--if-exists",
        choices=["raise", "skip", "replace"],
        default="raise",
        help="what to do where a node is there: stop, leave it, or delete it first (raise)",
    )
    parser.add_argument("--shallow", action="store_true", help="of a group, copy only its direct members")
    parser.add_argument("--without-attrs", action="store_true", help="do not copy attributes")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be copied")
    parser.add_argument("--json", action="store_true", help="print what was copied as JSON")
    new = parser.add_argument_group("what the copies are; by default what they are copies of")
    new.add_argument("--zarr-format", type=int, choices=[2, 3], help="format, of a new store")
    new.add_argument("--chunks", type=_shape, metavar="N,N,...", help="shape of chunks, or auto")
    new.add_argument("--shards", type=_shape, metavar="N,N,...", help="shape of shards, or auto")
    new.add_argument(
        "--compressor", type=_compressor, metavar="NAME[:LEVEL]", help="none, zstd, gzip, blosc, or JSON"
    )


def _shape(text: str) -> str | tuple[int, ...]:
    if text == "auto":
        return text
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError as error:
        raise ArgumentTypeError(f"expected whole numbers joined by commas, or auto; got {text!r}") from error


def _compressor(text: str) -> Callable[[int], Any]:
    """The compressor as arrays of a format are told of it."""
    if text == "none":
        return lambda zarr_format: None if zarr_format == 2 else ()
    try:
        if text.startswith("{"):
            given = json.loads(text)
            return lambda zarr_format: given
        name, _, level = text.partition(":")
        options = {"clevel" if name == "blosc" else "level": int(level)} if level else {}
    except ValueError as error:
        raise ArgumentTypeError(f"expected NAME, NAME:LEVEL or JSON; got {text!r}") from error
    return lambda zarr_format: (
        {"id": name, **options} if zarr_format == 2 else {"name": name, "configuration": options}
    )


def run(args: Namespace) -> None:
    def made_as(zarr_format: int) -> dict[str, Any]:
        chosen = {"chunks": args.chunks, "shards": args.shards}
        out = {name: value for name, value in chosen.items() if value is not None}
        return out if args.compressor is None else {**out, "compressors": args.compressor(zarr_format)}

    source = place_of(args, "source")
    transfer.copy(source, dest_of(args, source), args, made_as)


COMMAND = Command(
    name="copy",
    aliases=("cp",),
    help="copy an array or group, also to another format, chunks or compressor",
    details="Chunks whose codecs stay are copied as they are; others are decoded and encoded again, a few at a time.",
    examples="""
zarr copy data.zarr backup.zarr
zarr copy data.zarr/temperature other.zarr/
zarr copy --zarr-format 3 --chunks 100,100 --compressor zstd:5 old.zarr new.zarr
zarr copy data.zarr data.zip
""",
    add_arguments=add_arguments,
    run=run,
)
