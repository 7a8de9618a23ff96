"""What a command is. A file in ``zarr.cli.commands`` that ends with ``COMMAND = Command(...)`` adds one."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Command", "CommandError", "UsageError"]


class CommandError(Exception):
    """The command did not do what it was told; the message says why (exit status 1)."""


class UsageError(Exception):
    """The arguments do not go together (exit status 2)."""


@dataclass(frozen=True, kw_only=True)
class Command:
    """A command.

    Parameters
    ----------
    name, aliases
        What it is called by.
    help
        One line for the list of commands.
    details
        What else there is to say.
    examples
        Command lines to show; comments stand above them.
    add_arguments
        Adds its arguments to its parser.
    run
        Does it.
    """

    name: str
    help: str
    details: str = ""
    examples: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], None]
    aliases: tuple[str, ...] = ()
