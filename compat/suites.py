"""The suites that are run: what to install, which tests, and where they come from. Data only.

A suite is one run of pytest. Its tests are in the installed package (``packaged``), in its source distribution
(``sdist``), or here (``programs``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["OTHERS", "QUICK", "SUITES", "TOOLS", "Suite"]

TOOLS = ("pytest", "pytest-asyncio", "pytest-mock", "pytest-timeout", "pytest-xdist", "hypothesis")
QUICK = ("dask[array]", "fsspec", "xarray")
OTHERS = (
    "anndata awkward boltons cftime cubed dill filelock h5netcdf h5py icechunk joblib kerchunk netCDF4 obstore "
    "ome-zarr pooch pyarrow rich scikit-learn scipy tifffile virtualizarr zarrs"
).split()


@dataclass(frozen=True)
class Suite:
    """One run of pytest.

    Parameters
    ----------
    name
        What the table calls it.
    tests
        Files or modules.
    source
        Where they are.
    package
        The distribution that they belong to, for ``sdist``.
    options
        More for pytest.
    quick
        Whether it is part of the quick run, for which only QUICK is installed.
    """

    name: str
    tests: tuple[str, ...]
    source: Literal["packaged", "sdist", "programs"] = "packaged"
    package: str = ""
    options: tuple[str, ...] = ()
    quick: bool = False


_ZARR = ("-k", "zarr or Zarr")

_ANNDATA = (
    "test_backed_dense test_backed_sparse test_base test_dask test_io_dispatched test_io_elementwise test_io_partial "
    "test_io_utils test_readwrite test_structured_arrays lazy/test_read lazy/test_write"
)

SUITES = (
    Suite(
        "xarray",
        (
            "xarray.tests.test_backends",
            "xarray.tests.test_backends_api",
            "xarray.tests.test_backends_datatree",
            "xarray.tests.test_distributed",
        ),
        options=_ZARR,
    ),
    Suite(
        "dask",
        ("dask.array.tests.test_array_core",),
        options=(*_ZARR, "-W", "error::dask.array.core.PerformanceWarning"),
        quick=True,
    ),
    Suite("virtualizarr", ("virtualizarr/tests",), "sdist", "virtualizarr"),
    Suite(
        "cubed",
        (
            "cubed.tests.storage.test_virtual",
            "cubed.tests.storage.test_zarr",
            "cubed.tests.test_core",
            "cubed.tests.test_icechunk",
            "cubed.tests.test_store",
        ),
    ),
    Suite("programs", ("test_dask.py", "test_xarray.py"), "programs", quick=True),
    Suite(
        "programs of others",
        ("test_fsspec.py", "test_icechunk.py", "test_kerchunk.py", "test_ome_zarr.py", "test_zarrs.py"),
        "programs",
    ),
    Suite("ome-zarr", ("tests",), "sdist", "ome-zarr", ("-k", "not s3_info and not test_class_reader")),
    Suite("anndata", tuple(f"tests/{name}.py" for name in _ANNDATA.split()), "sdist", "anndata", _ZARR),
)
