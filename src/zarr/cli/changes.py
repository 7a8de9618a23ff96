"""Changes of metadata, carried out or only told, as ``migrate`` and ``remove-metadata`` do."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING

from zarr.cli.lazy import migrate_v3
from zarr.cli.output import say, say_json

if TYPE_CHECKING:
    from zarr.metadata.migrate_v3 import Changes

__all__ = ["carry_out"]


def carry_out(changes: Changes, args: Namespace) -> None:
    """Do it unless it is a dry run, and say what was done."""
    if not args.dry_run:
        migrate_v3.apply(changes)
    written, deleted = changes.written, [*changes.removed_before, *changes.removed_after]
    if args.json:
        say_json({"dry_run": args.dry_run, "written": written, "deleted": deleted})
    elif args.dry_run:
        for verb, keys in (("write", written), ("delete", deleted)):
            for key in keys:
                say(f"would {verb} {key}")
    else:
        say(f"{len(written)} documents written, {len(deleted)} deleted")
