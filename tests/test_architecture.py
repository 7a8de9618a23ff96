"""The import rule of docs/design.md and the limits on size, as a table of floors and a walk over the sources.

The checker takes sources as a dict of module name to text, so that it is tested on small fake ones.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

SRC = Path(__file__).parents[1] / "src"

# From the ground up. A module belongs to the longest entry that is its own name or its package's; the two
# packages that hold everything, `zarr` and `zarr.core`, stand for themselves only.
FLOORS = {
    "ground": "zarr.errors zarr.types zarr._version",
    "contracts": "zarr.abc",
    "values": "zarr.core zarr.core.array_spec zarr.core.buffer zarr.core.common zarr.core.config "
    "zarr.core.configured zarr.core.fill zarr.core.json zarr.core.keys zarr.core.loading zarr.core.named_config "
    "zarr.core.rows zarr.core.scratch zarr.core.settings zarr.registry",
    "documents": "zarr.core.chunk_grids zarr.core.chunk_key_encodings zarr.core.dtype zarr.core.metadata",
    "plans": "zarr.core.codec_chain zarr.core.indexing zarr.core.shard",
    "run": "zarr.core.run zarr.core.sync",
    "codecs": "zarr.codecs",
    "stores": "zarr.storage",
    "shell": "zarr.core.chunk_io zarr.core.codec_pipeline zarr.core.metadata.changing "
    "zarr.core.metadata.consolidated zarr.core.metadata.deleting zarr.core.metadata.hierarchy zarr.core.metadata.io",
    "objects": "zarr.core.array zarr.core.attributes zarr.core.group zarr.core.info zarr.core.node "
    "zarr.core.sync_group zarr.core.verify",
    "faces": "zarr zarr.__main__ zarr._debug_info zarr.api zarr.buffer zarr.cli zarr.convenience "
    "zarr.dtype zarr.experimental zarr.hierarchy zarr.indexing zarr.metadata zarr.testing",
}
_FLOOR_OF = {module: i for i, modules in enumerate(FLOORS.values()) for module in modules.split()}
_NAMES = list(FLOORS)

OPTIONAL = {
    "aiohttp",
    "cupy",
    "fsspec",
    "hypothesis",
    "ml_dtypes",
    "numcodecs",
    "obstore",
    "pytest",
    "rich",
    "yarl",
}
"""What may be imported inside a function, because not everyone has it or because it is slow to load."""

_REMOTE = {"zarr.storage._fsspec", "zarr.storage._obstore"}
WAITING = {
    "asyncio": {"zarr.core.run", "zarr.core.sync", "zarr.testing.store"} | _REMOTE,
    "threading": {
        "zarr.core.run",
        "zarr.core.scratch",
        "zarr.core.sync",
        "zarr.codecs.zstd",
        "zarr.storage._file_lock",
        "zarr.storage._synchronized",
    }
    | {"zarr.storage._sqlite_connections", "zarr.storage._thread_lock"}
    | _REMOTE,
}
"""Who may import these: the tests' slow store sleeps, and contexts of codecs and memory are kept per thread."""

FILE_LINES = 600
FUNCTION_LINES = 60
P95_LINES = 30
PRIVATE_PATHS = re.compile(r"/(?:home|root|work|opt|Users|tmp|shared)/\w|[A-Z]:\\\\")

Sources = dict[str, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def read_sources() -> Sources:
    """The text of each module of the package, by its name."""
    found = {}
    for path in sorted((SRC / "zarr").rglob("*.py")):
        parts = path.relative_to(SRC).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text("utf-8")
    return found


def floor_of(module: str) -> int | None:
    """The number of the floor that the module is on; None where the table does not have it."""
    if module in _FLOOR_OF:
        return _FLOOR_OF[module]
    package = module.rpartition(".")[0]
    return None if package in ("", "zarr", "zarr.core") else floor_of(package)


def _for_type_checkers(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def run_time_nodes(tree: ast.AST, inside: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """All nodes but those for type checkers only, and whether they are inside a function."""
    for node in ast.iter_child_nodes(tree):
        if _for_type_checkers(node):
            assert isinstance(node, ast.If)
            for other in node.orelse:
                yield other, inside
                yield from run_time_nodes(other, inside)
            continue
        yield node, inside
        yield from run_time_nodes(node, inside or isinstance(node, Function | ast.Lambda))


def _imported(node: ast.AST, module: str, sources: Sources) -> list[str]:
    """Names of the modules that a node imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            above = module.split(".")[: len(module.split(".")) - node.level]
            base = ".".join([*above, base] if base else above)
        deeper = [f"{base}.{alias.name}" for alias in node.names]
        return [name if name in sources else base for name in deeper]
    if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in (
        "import_module",
        "__import__",
        "later",
        "load_module",
    ):
        name = node.args[0] if node.args else None
        if isinstance(name, ast.Constant) and str(name.value).partition(".")[0] in ("zarr", *WAITING):
            return [str(name.value)]  # others are optional or slow, which is what these calls are for
    return []


def imports(sources: Sources) -> Iterator[tuple[str, str, bool]]:
    """Each import at run time: the module, what it imports, whether inside a function."""
    for module, text in sources.items():
        for node, inside in run_time_nodes(ast.parse(text)):
            for name in _imported(node, module, sources):
                yield module, name, inside


def homeless(sources: Sources) -> list[str]:
    """Modules that the table of floors does not have."""
    return [module for module in sources if floor_of(module) is None]


def upward_imports(sources: Sources) -> list[str]:
    """Imports from a higher floor."""
    wrong = []
    for module, name, _ in imports(sources):
        here, there = floor_of(module), floor_of(name) if name.partition(".")[0] == "zarr" else None
        if here is not None and there is not None and there > here:
            wrong.append(f"{module} ({_NAMES[here]}) imports {name} ({_NAMES[there]})")
    return wrong


def hidden_imports(sources: Sources) -> list[str]:
    """Imports inside functions, of anything but optional packages."""
    return [
        f"{module} imports {name} inside a function"
        for module, name, inside in imports(sources)
        if inside and name.partition(".")[0] not in OPTIONAL and name != "importlib.metadata"
    ]


def cycles(sources: Sources) -> list[str]:
    """Circles of imports at the top of modules."""
    edges: dict[str, list[str]] = {module: [] for module in sources}
    for module, name, inside in imports(sources):
        if not inside and name in sources and name != module:
            edges[module].append(name)
    found, done = [], set()

    def visit(module: str, trail: tuple[str, ...]) -> None:
        if module in trail:
            found.append(" -> ".join((*trail[trail.index(module) :], module)))
        elif module not in done:
            for name in edges[module]:
                visit(name, (*trail, module))
            done.add(module)

    for module in sources:
        visit(module, ())
    return found


def waiting_imports(sources: Sources) -> list[str]:
    """Imports of asyncio and threading outside the rooms that wait."""
    return [
        f"{module} imports {name}"
        for module, name, _ in imports(sources)
        for room in [WAITING.get(name.partition(".")[0])]
        if room is not None and not any(module == r or module.startswith(r + ".") for r in room)
    ]


def impure_contracts(sources: Sources) -> list[str]:
    """Contracts that import more than errors, types and each other."""
    allowed = ("zarr.abc", "zarr.errors", "zarr.types")
    return [
        f"{module} imports {name}"
        for module, name, _ in imports(sources)
        if module.startswith("zarr.abc") and name.startswith("zarr") and not name.startswith(allowed)
    ]


def code_lines(function: Function) -> int:
    """Lines of a function without its signature, docstring, comments and empty lines."""
    body = function.body
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        body = body[1:]
    lines: set[int] = set()
    for statement in body:
        for node in ast.walk(statement):
            if isinstance(node, ast.expr | ast.stmt):
                is_text = isinstance(node, ast.Constant)
                lines.update(
                    range(node.lineno, (node.end_lineno or 0) + 1)
                    if is_text
                    else (node.lineno, node.end_lineno or 0)
                )
    return len(lines)


def function_sizes(sources: Sources) -> list[tuple[int, str]]:
    """Lines of code of every function, the largest last."""
    return sorted(
        (code_lines(node), f"{module}.{node.name}")
        for module, text in sources.items()
        for node in ast.walk(ast.parse(text))
        if isinstance(node, Function)
    )


@pytest.fixture(scope="module")
def sources() -> Sources:
    return read_sources()


def test_every_module_has_a_floor(sources: Sources) -> None:
    assert not homeless(sources)


def test_imports_point_down(sources: Sources) -> None:
    assert not upward_imports(sources)


def test_contracts_import_only_ground(sources: Sources) -> None:
    assert not impure_contracts(sources)


def test_no_imports_inside_functions(sources: Sources) -> None:
    assert not hidden_imports(sources)


def test_no_import_cycles(sources: Sources) -> None:
    assert not cycles(sources)


def test_only_some_rooms_wait(sources: Sources) -> None:
    assert not waiting_imports(sources)


def test_files_are_short(sources: Sources) -> None:
    assert not {m: n for m, text in sources.items() if (n := text.count("\n")) > FILE_LINES}


def test_functions_are_short(sources: Sources) -> None:
    sizes = function_sizes(sources)
    assert not [f for f in sizes if f[0] > FUNCTION_LINES]
    assert sizes[int(len(sizes) * 0.95)][0] <= P95_LINES


def test_no_path_of_a_machine(sources: Sources) -> None:
    found = {m: match.group() for m, text in sources.items() if (match := PRIVATE_PATHS.search(text))}
    assert not found


# --- the checker itself, on fake sources


@pytest.mark.parametrize(
    "line",
    [
        "from zarr.storage import LocalStore",
        "import zarr.storage",
        "from zarr import storage",
        "from ..storage import LocalStore",
        "def f():\n    from zarr.storage import LocalStore",
        "def f():\n    import_module('zarr.storage')",
        "def f():\n    importlib.import_module('zarr.storage')",
        "try:\n    import zarr.storage\nexcept ImportError:\n    pass",
        "if TYPE_CHECKING:\n    pass\nelse:\n    import zarr.storage",
    ],
)
def test_checker_sees_upward_import(line: str) -> None:
    fake = {"zarr.codecs.new": line, "zarr.storage": "", "zarr": ""}
    assert upward_imports(fake) == ["zarr.codecs.new (codecs) imports zarr.storage (stores)"]
    assert not upward_imports({"zarr.core.chunk_io.new": line.replace("..", "zarr."), "zarr.storage": ""})


def test_checker_exempts_type_checking() -> None:
    text = "if TYPE_CHECKING:\n    from zarr.storage import LocalStore\n"
    assert not upward_imports({"zarr.codecs.new": text, "zarr.storage": ""})


def test_checker_sees_module_without_floor() -> None:
    assert homeless({"zarr.helpers": "", "zarr.core.new": "", "zarr.core.run.new": ""}) == [
        "zarr.helpers",
        "zarr.core.new",
    ]


def test_checker_sees_cycle() -> None:
    fake = {
        "zarr.core.a": "import zarr.core.b",
        "zarr.core.b": "from zarr.core.a import x",
        "zarr.core.c": "",
    }
    assert cycles(fake) == ["zarr.core.a -> zarr.core.b -> zarr.core.a"]
    assert not cycles({**fake, "zarr.core.b": "if TYPE_CHECKING:\n    from zarr.core.a import x"})


def test_checker_sees_hidden_import() -> None:
    fake = "class A:\n    def f(self):\n        import {}\n"
    assert hidden_imports({"zarr.core.a": fake.format("json")})
    assert not hidden_imports({"zarr.core.a": fake.format("ml_dtypes")})
    assert not hidden_imports({"zarr.core.a": "import json"})


def test_checker_sees_waiting() -> None:
    for line in ("import asyncio", "from asyncio import sleep", "def f():\n    import threading"):
        assert waiting_imports({"zarr.core.array.new": line})
        assert not waiting_imports({"zarr.core.run.new": line})


def test_checker_sees_impure_contract() -> None:
    assert impure_contracts({"zarr.abc.new": "from zarr.core.config import config"})
    assert not impure_contracts({"zarr.abc.new": "from zarr.errors import SyncError"})


def test_checker_counts_code_only() -> None:
    text = 'def f(\n    a,\n):\n    """Doc.\n\n    More.\n    """\n    # why\n    x = a\n\n    return x\n'
    assert function_sizes({"zarr.a": text}) == [(2, "zarr.a.f")]


def test_checker_sees_path_of_a_machine() -> None:
    assert PRIVATE_PATHS.search('open("/home/me/x")')
    assert not PRIVATE_PATHS.search("work/home")
