"""docs/cli.md is made of the parsers: ``python tests/cli/test_docs.py`` writes it anew."""

from __future__ import annotations

import argparse
from pathlib import Path

from zarr.cli.program import build_parser, known_commands

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"

_TOP = """\
# The command line

`zarr COMMAND ...`, or `python -m zarr COMMAND ...`. It needs nothing but this package.

This page is made of the parsers by `python tests/cli/test_docs.py`; `zarr COMMAND --help` says the same.

## Places

| place | what it is |
| --- | --- |
| `data.zarr` | a folder that is an array or a group |
| `data.zarr/group/array` | a node in it |
| `data.zip/array` | a node in a zip file |
| `s3://bucket/data.zarr/array` | a node in a remote store, which ends at the part named `.zarr` (needs `zarr[remote]`) |

A folder is opened by way of the root of its hierarchy, so that consolidated metadata above a node are kept true.

## Exit status

0: done. 1: an error, told in one line on stderr; `--debug` shows where. 2: wrong arguments. 130: interrupted.

What a command found is on stdout, and with `--json` it is one JSON document; progress bars, questions and warnings are
on stderr. Control characters in names are printed as escapes.

## All commands

These stand before or behind the name of any command:

| option | |
| --- | --- |
| `-v`, `--verbose` | tell of each document that is written or deleted |
| `--debug` | show the traceback of an error |

And this one behind it:

| option | |
| --- | --- |
| `--storage-option KEY=VALUE` | an option for the store of a URL; the value is JSON or a string; may be given again |

`zarr --version` tells the version.
"""
_COMMON = {"help", "verbose", "debug", "storage_option"}


def rendered() -> str:
    (subparsers,) = (a for a in build_parser()._actions if isinstance(a, argparse._SubParsersAction))
    parts = [_TOP]
    for command in known_commands():
        aliases = "".join(f", `zarr {alias}`" for alias in command.aliases)
        parts.append(f"## `zarr {command.name}`{aliases}\n\n{command.help[:1].upper()}{command.help[1:]}.\n")
        if command.details:
            parts.append(command.details.strip() + "\n")
        parts.append(f"```bash\n{command.examples.strip()}\n```\n")
        actions = [a for a in subparsers.choices[command.name]._actions if a.dest not in _COMMON]
        parts.append("| argument | |\n| --- | --- |\n" + "".join(map(_row, actions)))
    return "\n".join(parts)


def _row(action: argparse.Action) -> str:
    value = "" if action.nargs == 0 else action.metavar or action.dest.upper()
    if action.choices:
        value = "{" + ",".join(map(str, action.choices)) + "}"
    names = ", ".join(f"`{name} {value}`".replace(" `", "`") for name in action.option_strings)
    return f"| {names or f'`{value}`'} | {str(action.help).replace('|', chr(92) + '|')} |\n"


def test_page_is_what_the_parsers_say() -> None:
    assert PAGE.read_text("utf-8") == rendered()


if __name__ == "__main__":
    PAGE.write_text(rendered(), "utf-8")
