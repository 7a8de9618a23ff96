"""From arguments to an exit status: 0 done, 1 an error of one line on stderr, 2 wrong usage."""

from __future__ import annotations

import argparse
import logging
import os
import pkgutil
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from zarr._version import __version__
from zarr.cli import commands
from zarr.cli.command import Command, CommandError, UsageError
from zarr.cli.output import printable
from zarr.cli.places import add_storage_option
from zarr.errors import CopyError

__all__ = ["build_parser", "known_commands", "main"]

_ABOUT = "Look at and change Zarr arrays and groups: in folders, zip files and, by URL, in remote stores."
_PLACES = """\
places:
  data.zarr                  a folder that is an array or a group
  data.zarr/group/array      a node in it
  data.zip/array             a node in a zip file
  s3://bucket/data.zarr/x    a node in a remote store (needs zarr[remote])

exit status: 0 done, 1 an error, 2 wrong arguments
"""
_SAYS_ITSELF = (ValueError, TypeError, OSError, LookupError, ImportError, CommandError, CopyError)
"""Errors whose message is enough; of others the name is printed too."""


def known_commands() -> list[Command]:
    """The commands of all files in ``zarr.cli.commands``, by name."""
    found = [
        import_module(f"{commands.__name__}.{module.name}").COMMAND
        for module in pkgutil.iter_modules(commands.__path__)
    ]
    return sorted(found, key=lambda command: str(command.name))


class _CommandParser(argparse.ArgumentParser):
    """Takes options before, between and behind other arguments, of which some may be left out."""

    _is_mixing = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        if self._is_mixing:  # called by the method below
            return super().parse_known_args(args, namespace)
        self._is_mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._is_mixing = False


def build_parser() -> argparse.ArgumentParser:
    """The parser of all commands."""
    parser = argparse.ArgumentParser(
        "zarr",
        description=_ABOUT,
        epilog=_PLACES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"zarr {__version__}")
    _add_common(parser, verbose=False, debug=False)
    subparsers = parser.add_subparsers(
        title="commands", metavar="COMMAND", required=True, parser_class=_CommandParser
    )
    for command in known_commands():
        examples = "examples:\n" + "".join(f"  {line}\n" for line in command.examples.strip().splitlines())
        subparser = subparsers.add_parser(
            command.name,
            aliases=command.aliases,
            help=command.help,
            description=f"{command.help}\n\n{command.details.strip()}".strip(),
            epilog=examples,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        command.add_arguments(subparser)
        add_storage_option(subparser)
        _add_common(subparser, verbose=argparse.SUPPRESS, debug=argparse.SUPPRESS)
        subparser.set_defaults(run=command.run, subparser=subparser)
    return parser


def _add_common(parser: argparse.ArgumentParser, verbose: Any, debug: Any) -> None:
    """Options that may stand before and after the command; the default is the first parser's."""
    parser.add_argument(
        "-v",
        "--verbose",
        action=argparse.BooleanOptionalAction,
        default=verbose,
        help="tell of each document that is written or deleted",
    )
    parser.add_argument("--debug", action="store_true", default=debug, help="show the traceback of an error")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line.

    Parameters
    ----------
    argv
        Its arguments; those of the process where None.

    Returns
    -------
    int
        The exit status.

    Raises
    ------
    SystemExit
        After ``--help``, and with status 2 for wrong arguments.
    """
    for stream in (sys.stdout, sys.stderr):
        reconfigure: Callable[..., None] | None = getattr(stream, "reconfigure", None)
        if reconfigure is not None:  # names may hold what a terminal has no letters for
            reconfigure(errors="backslashreplace")
    args = build_parser().parse_args(argv)
    try:
        with _messages(args.verbose):
            args.run(args)
            sys.stdout.flush()
    except UsageError as error:
        args.subparser.error(str(error))
    except KeyboardInterrupt:
        print("zarr: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, as head, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except Exception as error:
        if args.debug:
            raise
        print(f"zarr: error: {_one_line(error)}", file=sys.stderr)
        return 1
    return 0


def _one_line(error: Exception) -> str:
    text = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    if isinstance(error, KeyError):
        text = f"there is no {text!r}"
    if not text or not isinstance(error, _SAYS_ITSELF):
        text = f"{type(error).__name__}{': ' * bool(text)}{text} (--debug shows where)"
    return printable(" ".join(text.split()))


@contextmanager
def _messages(verbose: bool) -> Iterator[None]:
    """Warnings, and with ``verbose`` what is logged, as lines on stderr."""
    logger = logging.getLogger("zarr")
    handler, level = logging.StreamHandler(sys.stderr), logger.level

    def show(message: Warning | str, *_args: Any, **_kwargs: Any) -> None:
        print(f"zarr: warning: {printable(' '.join(str(message).split()))}", file=sys.stderr)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for category in (UserWarning, FutureWarning, RuntimeWarning):
            warnings.simplefilter("default", category)
        warnings.showwarning = show
        if verbose:
            logger.addHandler(handler)
            logger.setLevel(logging.INFO)
        try:
            yield
        finally:
            logger.removeHandler(handler)
            logger.setLevel(level)
