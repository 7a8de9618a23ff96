"""Run the tests of packages that use zarr, with this package and with Zarr-Python, and compare.

    python compat/run.py --envs FOLDER              all suites; writes compat/results.txt
    python compat/run.py --envs FOLDER --only dask  one of them; of the others, what their last run said
    python compat/run.py --quick                    a small part, with this package alone, for CI

The Python that runs this is the one that is used. Exit status 1 if a test that passes with Zarr-Python fails with this
package and ``explained.txt`` does not say why.
"""

from __future__ import annotations

import argparse
import fnmatch
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from counts import Outcomes, compare, parse_report, table
from environments import UPSTREAM, Environment, install_checkout, make_pair, unpack_sdist
from suites import OTHERS, QUICK, SUITES, TOOLS, Suite

_HERE = Path(__file__).parent
_SECONDS = 3600


def report_of(suite: Suite, environment: Environment) -> Path:
    """Where the report of a suite is; the log is beside it."""
    return environment.folder.parent / f"{suite.name.replace(' ', '-')}-{environment.folder.name}.xml"


def run_suite(suite: Suite, environment: Environment, sources: Path | None = None) -> Outcomes:
    """Run a suite in an environment."""
    report = report_of(suite, environment)
    log, folder = report.with_suffix(".log"), report.parent
    report.unlink(missing_ok=True)
    nowhere = folder / "nowhere"  # so that neither our settings nor our sources are in sight
    nowhere.mkdir(exist_ok=True)
    tests, options, where = list(suite.tests), list(suite.options), nowhere
    if suite.source == "packaged":
        options += ["--pyargs"]
    if suite.source == "sdist":
        assert sources is not None
        where = sources
    else:
        (nowhere / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n")
        options += ["-c", str(nowhere / "pytest.ini")]
    if suite.source == "programs":
        tests = [str(_HERE / "programs" / test) for test in tests]
        options += ["--rootdir", str(_HERE)]
    options += ["-q", "-p", "no:cacheprovider", "--timeout", "300", f"--junitxml={report}"]
    with log.open("w") as output:
        subprocess.run(
            [environment.python, "-m", "pytest", *tests, *options],
            cwd=where,
            env=_environment_variables(),
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=_SECONDS,
        )
    if not report.exists():
        raise RuntimeError(f"{suite.name}: pytest wrote no report; see {log}")
    return parse_report(report.read_text())


def _environment_variables() -> dict[str, str]:
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PYTEST", "ZARR"))
    }
    return kept | {"PYTHONDONTWRITEBYTECODE": "1"}


def explanations() -> list[tuple[str, str, str]]:
    """Suite, pattern of test names, and the reason, of differences that are no fault of this package."""
    lines = (_HERE / "explained.txt").read_text().splitlines()
    parts = [line.split(None, 2) for line in lines if line and not line.startswith("#")]
    return [(suite, pattern, reason) for suite, pattern, reason in parts]


def explain(suite: Suite, test: str) -> str | None:
    """Why a test may fail with this package; None if nothing says so."""
    name = suite.name.replace(" ", "-")
    for of, pattern, reason in explanations():
        if of == name and fnmatch.fnmatchcase(test, pattern.replace("[", "[[]")):
            return reason
    return None


def run_quick(folder: Path) -> int:
    """The small part: all its tests have to pass with this package."""
    environment = Environment(folder / "quick")
    environment.make([*TOOLS, *QUICK])
    install_checkout(environment, folder / "wheel")
    failed = 0
    for suite in SUITES:
        if suite.quick:
            outcomes = run_suite(suite, environment)
            print(f"{suite.name}: {outcomes.counts()}", flush=True)
            for test, outcome in outcomes.of.items():
                if outcome in ("failed", "error"):
                    print(f"  {test}: {outcomes.messages[test]}")
                    failed += 1
            failed += "passed" not in outcomes.of.values()
    return int(failed > 0)


def run_all(folder: Path, only: list[str], out: Path) -> int:
    """All suites with both packages; the table and the differences go to a file and to the screen."""
    ours, theirs = make_pair(folder, [*TOOLS, *QUICK, *OTHERS])
    rows: list[tuple[str, ...]] = [("suite", "this package", f"Zarr-Python {UPSTREAM}")]
    differences: list[str] = []
    unexplained = 0
    versions = ours.versions()
    for suite in SUITES:
        if not only or suite.name in only:
            sources = unpack_sdist(theirs, suite.package, folder) if suite.source == "sdist" else None
            mine, other = (run_suite(suite, environment, sources) for environment in (ours, theirs))
        elif all(report_of(suite, environment).exists() for environment in (ours, theirs)):
            mine, other = (parse_report(report_of(suite, each).read_text()) for each in (ours, theirs))
        else:
            continue
        package = suite.package or suite.name
        label = f"{package} {versions[package]}" if package in versions else package
        rows.append((label, mine.counts(), other.counts()))
        print(table(rows[-1:]), flush=True)
        for test in compare(mine, other):
            reason = explain(suite, test)
            unexplained += reason is None
            what = (mine.messages.get(test) or mine.of.get(test, "not there")).replace(str(folder), "...")
            differences.append(f"{suite.name}: {test}\n    {what}\n    {reason or 'UNEXPLAINED'}")
    title = f"Python {sys.version.split()[0]}, zarr {versions['zarr']} (this package) and {UPSTREAM} (Zarr-Python)"
    heading = (
        f"Pass with Zarr-Python and not with this package: {len(differences)}, unexplained: {unexplained}"
    )
    text = "\n\n".join([title, table(rows), heading, *differences]) + "\n"
    out.write_text(text)
    print(f"\n{text}")
    return int(unexplained > 0)


def main() -> int:
    """The command line."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--envs", type=Path, help="folder that keeps environments, reports and logs")
    parser.add_argument(
        "--only", action="append", default=[], metavar="SUITE", choices=[s.name for s in SUITES]
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path, default=_HERE / "results.txt")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = (arguments.envs or Path(temporary)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        if arguments.quick:
            return run_quick(folder)
        return run_all(folder, arguments.only, arguments.out)


if __name__ == "__main__":
    sys.exit(main())
