"""``import zarr`` loads nothing that most programs do not need."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import donfig
import numpy
import pytest

import zarr
from zarr.core.dtype import data_type_registry
from zarr.core.dtype import registry as dtype_registry

HEAVY = (
    "asyncio base64 concurrent.futures cupy donfig fsspec google_crc32c html hypothesis importlib.metadata logging "
    "ml_dtypes numcodecs numpy.ma numpy.typing obstore pytest shutil sqlite3 ssl uuid yaml zipfile zstandard"
).split()
if sys.version_info >= (3, 12):
    HEAVY.append("typing_extensions")


def modules(statements: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after some statements."""
    return set(said(f"import sys\n{statements}\nprint(*sys.modules)").split())


def said(code: str, **environment: str) -> str:
    """What a fresh interpreter prints, with nothing configured but what is given."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("ZARR_")}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**kept, **environment}
    )
    return done.stdout


def ours(found: set[str]) -> set[str]:
    """Those among modules that are of this package."""
    return {name for name in found if name.partition(".")[0] == "zarr"}


def loaded(statements: str) -> set[str]:
    """The heavy ones among them."""
    return modules(statements).intersection(HEAVY)


@pytest.fixture(scope="module")
def before() -> set[str]:
    """What is loaded without us: by NumPy, or by a tool that measures coverage of subprocesses."""
    return loaded("import numpy")


@pytest.mark.parametrize(
    "statements",
    [
        "import zarr",
        "import zarr.codecs",
        "import zarr.storage",
        "import zarr.core.sync",
        "import zarr; zarr.create_array; zarr.open_group",
    ],
)
def test_import_is_light(statements: str, before: set[str]) -> None:
    assert loaded(statements) <= before


SELDOM = [
    "zarr.api.asynchronous.copies zarr.api.asynchronous.saving zarr.api.asynchronous.verifying zarr.cli zarr.verify",
    "zarr.codecs._v2 zarr.codecs.blosc zarr.codecs.crc32c_ zarr.codecs.gzip zarr.codecs.sharding zarr.codecs.zstd",
    "zarr.core.array.codecs zarr.core.array.create zarr.core.array.drawing zarr.core.array.resize zarr.core.info",
    "zarr.core.chunk_io.write zarr.core.codec_pipeline zarr.core.configured zarr.core.run.locks",
    "zarr.core.dtype.ml.common zarr.core.dtype.npy.bytes zarr.core.dtype.npy.int zarr.core.dtype.npy.structured",
    "zarr.core.group.async_group zarr.core.group.copying zarr.core.group.group",
    "zarr.core.indexing.fields zarr.core.indexing.numpy_plan zarr.core.indexing.projection",
    "zarr.core.metadata.consolidated zarr.core.metadata.group zarr.core.metadata.v2 zarr.core.named_config",
    "zarr.core.shard.places zarr.core.shard.steps",
    "zarr.storage._managed zarr.storage._memory zarr.storage._urls zarr.storage._wrapper",
]


def test_first_read_loads_little(tmp_path: Path, before: set[str]) -> None:
    zarr.create_array(tmp_path, data=numpy.arange(8, dtype="f4"), compressors=None)
    found = modules(f"import zarr\na = zarr.open_array({str(tmp_path)!r}, mode='r')\nassert a[3] == 3")
    assert not {name for line in SELDOM for name in line.split()} & found
    assert found.intersection(HEAVY) <= before
    assert len(ours(found)) < 85


def test_first_slice_loads_its_plan_alone(tmp_path: Path) -> None:
    zarr.create_array(tmp_path, data=numpy.arange(8, dtype="f4"), compressors=None)
    found = modules(f"import zarr\na = zarr.open_array({str(tmp_path)!r}, mode='r')\nassert a[3:4] == 3")
    seldom = "zarr.core.indexing.numpy_mixed zarr.core.indexing.orthogonal zarr.core.indexing.points zarr.core.shard.layout"
    assert not set(seldom.split()) & found
    assert len(ours(found)) < 100


def test_functions_are_looked_up_without_arrays_and_stores() -> None:
    names = "array create_array create_group group open open_array open_group zeros".split()
    found = ours(modules(f"import zarr\nfor name in {names}: getattr(zarr, name)"))
    assert (
        not {"zarr.abc.store", "zarr.core.array.array", "zarr.core.metadata.v3", "zarr.storage._common"}
        & found
    )
    assert len(found) < 32


def test_reading_and_writing_memory_needs_no_loop(before: set[str]) -> None:
    statements = (
        "import zarr, numpy\nz = zarr.create_array({}, data=numpy.arange(9), chunks=9)\nassert z[8] == 8"
    )
    assert not {"asyncio", "concurrent.futures", "donfig", "numpy.ma", "yaml"} & (loaded(statements) - before)


def test_import_loads_no_module_of_ours_before_it_is_used() -> None:
    code = (
        "import sys, zarr\nprint(*sorted(m for m in sys.modules if m.partition('.')[0] in ('zarr', 'numpy')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["zarr", "zarr._version", "zarr.core", "zarr.core.loading"]


def test_every_name_is_there_after_the_import_alone() -> None:
    code = (
        "import zarr\nassert set(zarr.__all__) <= set(dir(zarr))\n"
        "for name in (*zarr.__all__, 'codecs', 'storage', 'errors', 'core'): getattr(zarr, name)\n"
        "zarr.core.array.Array, zarr.codecs.BytesCodec, zarr.storage.LocalStore, zarr.api.asynchronous.open\n"
        "assert not hasattr(zarr, 'nonsense')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_checker_sees_what_is_loaded() -> None:
    assert "asyncio" in loaded("import asyncio")


def test_modules_are_there_after_a_bare_import() -> None:
    code = (
        "import zarr\n"
        "for name in 'api.asynchronous api.synchronous abc.store abc.codec core.group core.metadata.v3 "
        "storage codecs.numcodecs metadata registry'.split():\n"
        "    module = zarr\n"
        "    for part in name.split('.'): module = getattr(module, part)\n"
        "    assert module.__name__ == 'zarr.' + name\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# --- what is loaded late is found in the same order


def test_own_data_types_are_where_the_registry_says() -> None:
    assert list(data_type_registry.contents)[: len(dtype_registry._PLACES)] == list(dtype_registry._PLACES)
    for key, place in dtype_registry._PLACES.items():
        assert data_type_registry.contents[key].__module__ == place
    for native, key in dtype_registry._NUMBERS.items():
        taking = [k for k, cls in data_type_registry.contents.items() if cls.dtype_cls is native]
        assert taking == [key]
    aliases = {
        alias: key
        for key, cls in data_type_registry.contents.items()
        for alias in getattr(cls, "_zarr_v3_aliases", ())
    }
    assert aliases == dtype_registry._ALIASES


@pytest.mark.parametrize(
    "statements",
    [
        "",
        "zarr.dtype.Float32",
        "zarr.dtype.parse_dtype('int8', zarr_format=3); zarr.dtype.parse_dtype('<M8[s]', zarr_format=2)",
        "zarr.open_array({}, mode='w', shape=1, dtype='f4')",
    ],
)
def test_types_of_others_come_last(statements: str) -> None:
    code = (
        f"import zarr, numpy\n{statements}\nfrom zarr.dtype import data_type_registry as registry\n"
        "class Mine(zarr.dtype.Float32): _zarr_v3_name = 'mine'\n"
        "registry.register('mine', Mine)\n"
        "assert registry.match_json('float64', zarr_format=3) == zarr.dtype.Float64()\n"
        "try: registry.match_dtype(numpy.dtype('f4'))\n"
        "except ValueError as error: assert 'Multiple' in str(error)\n"
        "else: raise AssertionError\n"
        "print(*registry.contents)"
    )
    assert said(code).split() == [*dtype_registry._PLACES, "mine"]


def test_a_type_that_is_replaced_before_its_file_is_loaded_stays_replaced() -> None:
    code = (
        "import zarr\nfrom zarr.dtype import data_type_registry as registry, Int8\n"
        "class Mine(Int8): pass\nregistry.register('float32', Mine)\nfrom zarr.dtype import Float32\n"
        "assert registry.get('float32') is Mine is registry.contents['float32']"
    )
    said(code)


def test_numbers_load_their_family_alone() -> None:
    found = modules("import zarr.dtype, numpy\nzarr.dtype.parse_dtype(numpy.dtype('f8'), zarr_format=3)")
    assert "zarr.core.dtype.npy.float" in found
    assert not {"zarr.core.dtype.npy.int", "zarr.core.dtype.npy.time", "zarr.core.dtype.ml.float"} & found


def test_own_codecs_come_before_those_of_others() -> None:
    code = (
        "import warnings\nimport zarr\nfrom zarr.registry import get_codec_class, register_codec\n"
        "from zarr.abc.codec import BytesBytesCodec\n"
        "class Mine(BytesBytesCodec): pass\n"
        "register_codec('zstd', Mine)\n"
        "assert get_codec_class('zstd') is zarr.codecs.ZstdCodec\n"
        "with zarr.config.set({'codecs.zstd': None}), warnings.catch_warnings(record=True) as seen:\n"
        "    warnings.simplefilter('always')\n"
        "    assert get_codec_class('zstd') is Mine\n"
        "    assert 'several times' in str(seen[0].message)\n"
        "with zarr.config.set({'codecs': {}}): assert get_codec_class('gzip') is zarr.codecs.GzipCodec"
    )
    said(code)


# --- the configuration is donfig's, when it is needed

READ = "from zarr.core.config import settings; print(settings.get('array.order'), settings.config['array']['order'])"


def test_variables_and_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "zarr.yaml").write_text("array: {order: F}")
    assert said(READ).split() == ["C", "C"]
    assert said(READ, ZARR_ARRAY__ORDER="F").split() == ["F", "F"]
    assert said(READ, ZARR_CONFIG=str(tmp_path)).split() == ["F", "F"]
    (tmp_path / ".config" / "zarr").mkdir(parents=True)
    (tmp_path / "zarr.yaml").rename(tmp_path / ".config" / "zarr" / "zarr.yaml")
    assert said(READ, HOME=str(tmp_path), USERPROFILE=str(tmp_path)).split() == ["F", "F"]


def test_files_are_looked_for_where_donfig_does() -> None:
    assert zarr.config.paths == donfig.Config("zarr").paths


def test_the_package_follows_what_users_do_to_the_configuration() -> None:
    code = (
        "from zarr.core.config import settings\nimport zarr\nassert settings.get('array.order') == 'C'\n"
        "with zarr.config.set({'array.order': 'F'}): assert settings.get('array.order') == 'F'\n"
        "zarr.config.update({'array': {'order': 'F'}})\nassert settings.config['array']['order'] == 'F'\n"
        "zarr.config.expand_environment_variables()\nzarr.config.set({'array.order': 'X'})\n"
        "assert settings.config is zarr.config.config and settings.config['array']['order'] == 'X'\n"
        "zarr.config.reset()\nassert settings.get('array.order') == 'C'"
    )
    said(code)


def test_only_the_package_itself_loads_the_loader() -> None:
    """Else one thread holds the package and waits for the loader, and another the other way round."""
    source = Path(zarr.__file__).parent
    users = [p for p in source.rglob("*.py") if "from zarr.core.loading import" in p.read_text("utf-8")]
    assert users == [source / "core" / "__init__.py"]
