"""From arguments to exit statuses, help and messages."""

from __future__ import annotations

import logging
import shlex
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import zarr
from zarr.cli import commands, program
from zarr.cli.command import Command
from zarr.cli.program import known_commands, main

ROOT = Path(__file__).parents[2]
NAMES = [command.name for command in known_commands()]


def test_each_file_is_a_command() -> None:
    here = Path(commands.__file__).parent
    assert sorted(p.stem.replace("_", "-") for p in here.glob("*.py") if p.stem != "__init__") == NAMES
    assert {"attrs", "consolidate", "copy", "info", "ls", "migrate", "move", "rm", "tree"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_help_has_examples(run: Callable[..., Any], name: str) -> None:
    done = run(name, "--help")
    assert done.status == 0
    assert f"examples:\n  zarr {name} " in done.out


@pytest.mark.parametrize("command", known_commands(), ids=lambda c: c.name)
def test_examples_are_understood(command: Command) -> None:
    for line in command.examples.strip().splitlines():
        name, *argv = shlex.split(line)
        assert name == "zarr"
        args = program.build_parser().parse_args(argv)
        assert args.run is command.run


@pytest.mark.parametrize(
    "name", [n for n in NAMES if n not in ("clean", "migrate", "remove-metadata", "copy", "move")]
)
def test_what_is_not_there(run: Callable[..., Any], name: str, tmp_path: Path) -> None:
    (tmp_path / "README").write_text("no zarr")
    for place in (tmp_path / "nothing", tmp_path / "README", tmp_path, tmp_path / "README" / "x"):
        done = run(name, place)
        assert done.status == 1
        assert done.out == ""
        assert done.err.startswith("zarr: error: ")
        assert done.err.count("\n") == 1
        assert str(place) in done.err
    assert [p.name for p in tmp_path.iterdir()] == ["README"]


@pytest.mark.parametrize(
    "argv", [[], ["bogus"], ["info"], ["info", "a", "b"], ["info", "a", "--nope"], ["migrate", "v2", "a"], ["info", ""],
             ["info", "a", "--storage-option", "x"]],
)  # fmt: skip
def test_wrong_usage(run: Callable[..., Any], argv: list[str]) -> None:
    done = run(*argv)
    assert done.status == 2
    assert "usage: zarr" in done.err
    assert done.out == ""


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    for argv in (["--debug", "info"], ["info", "--debug"]):
        with pytest.raises(Exception, match="there is no Zarr array or group"):
            main([*argv, str(tmp_path)])


def _failing(error: BaseException) -> Any:
    def run(_args: Any) -> None:
        raise error

    return run


@pytest.mark.parametrize(
    ("error", "status", "message"),
    [
        (ValueError("two\nlines"), 1, "zarr: error: two lines\n"),
        (KeyError("name"), 1, "zarr: error: there is no 'name'\n"),
        (ZeroDivisionError("x"), 1, "zarr: error: ZeroDivisionError: x (--debug shows where)\n"),
        (OSError(), 1, "zarr: error: OSError (--debug shows where)\n"),
        (ValueError("\x1b[2J"), 1, "zarr: error: \\x1b[2J\n"),
        (KeyboardInterrupt(), 130, "zarr: interrupted\n"),
    ],
)
def test_errors_are_one_line(
    run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, error: BaseException, status: int, message: str
) -> None:
    command = Command(
        name="fail", help="", examples="", add_arguments=lambda parser: None, run=_failing(error)
    )
    monkeypatch.setattr(program, "known_commands", lambda: [command])
    assert run("fail") == (status, "", message)


def test_warnings_are_lines_on_stderr(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def warn(_args: Any) -> None:
        warnings.warn("look\nhere \x07", UserWarning, stacklevel=1)
        warnings.warn("old", DeprecationWarning, stacklevel=1)

    command = Command(name="warn", help="", examples="", add_arguments=lambda parser: None, run=warn)
    monkeypatch.setattr(program, "known_commands", lambda: [command])
    assert run("warn") == (0, "", "zarr: warning: look here \\x07\n")


@pytest.mark.parametrize(
    "argv", [["-v", "log"], ["log", "--verbose"], ["log"], ["-v", "log", "--no-verbose"]]
)
def test_verbose_logs(run: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, argv: list[str]) -> None:
    logger = logging.getLogger("zarr")
    level = logger.level
    command = Command(
        name="log",
        help="",
        examples="",
        add_arguments=lambda parser: None,
        run=lambda args: logger.info("written"),
    )
    monkeypatch.setattr(program, "known_commands", lambda: [command])
    verbose = argv in (["-v", "log"], ["log", "--verbose"])
    assert run(*argv) == (0, "", "written\n" * verbose)
    assert logger.level == level
    assert not logger.handlers


def test_version(run: Callable[..., Any]) -> None:
    assert run("--version") == (0, f"zarr {zarr.__version__}\n", "")


# --- as processes


def test_help_loads_neither_numpy_nor_a_loop() -> None:
    code = (
        "import sys\nfrom zarr.cli import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('numpy', 'asyncio', 'zarr.core.config', 'numcodecs') if m in sys.modules], file=sys.stderr)"
    )
    before = subprocess.run(
        [sys.executable, "-c", "import sys; print('numpy' in sys.modules)"], capture_output=True
    )
    if before.stdout.strip() == b"False":  # a tool that measures coverage may have loaded it
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert done.stderr == "[]\n"
        assert "remove-metadata" in done.stdout


def test_as_a_module(old: Path) -> None:
    def ls(path: Path) -> tuple[int, str]:
        command = [sys.executable, "-m", "zarr", "ls", str(path.absolute())]
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
        return done.returncode, done.stdout

    assert ls(old) == (0, "s/\nx\n")
    assert ls(old / "nothing") == (1, "")


def test_a_reader_that_goes_away(tmp_path: Path) -> None:
    root = zarr.create_group(tmp_path / "many.zarr", attributes={f"{'k' * 100}{i}": i for i in range(3000)})
    command = [sys.executable, "-m", "zarr", "attrs", str(root.store.root)]  # type: ignore[attr-defined]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 1


def test_the_installed_name_is_the_same() -> None:
    text = (ROOT / "pyproject.toml").read_text("utf-8")
    assert '[project.scripts]\nzarr = "zarr.cli:main"\n' in text
