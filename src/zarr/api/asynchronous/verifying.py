"""Looking for damage, and cleaning up after interruptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.abc.store import Store
from zarr.core.verify import DAY, Leftover, Report, clean_at, verify_at
from zarr.storage._common import StorePath, make_store_path

if TYPE_CHECKING:
    from zarr.core.array.copying import Progress
    from zarr.core.common import AccessModeLiteral
    from zarr.storage._common import StoreLike

__all__ = ["clean", "verify"]


async def verify(
    store: StoreLike,
    *,
    path: str = "",
    repair: bool = False,
    delete_outside: bool = False,
    data: bool = True,
    progress: Progress | None = None,
    storage_options: dict[str, Any] | None = None,
) -> Report:
    """Look for whatever is wrong with an array or group and all that is below it.

    Every document is read and every stored chunk is decoded, in shards every inner chunk, so that checksums and sizes
    are checked. Codecs without a checksum cannot tell a flipped bit; see ``checksum`` of ``create_array``. What
    others write meanwhile can look like a problem that is none.

    Parameters
    ----------
    store, path
        Where it is.
    repair
        Put right what can be without the loss of anything: finish interrupted moves and changes of shape, renew stale
        consolidated metadata, delete temporary files older than a day. Damaged chunks are never touched.
    delete_outside
        With ``repair``, also delete chunks that lie outside of the shape of their array. Nobody should write the array
        meanwhile in a store that has no locks between processes.
    data
        Whether chunks are read and decoded; without, only documents and keys are looked at.
    progress
        Called with the numbers of chunks that are done and that there are in all.
    storage_options
        Options for remote stores that are named by a URL.

    Returns
    -------
    Report
        Counts, and a ``Problem`` for each thing that is wrong.

    Raises
    ------
    NodeNotFoundError
        If no document is there.
    ValueError
        If the store cannot list its keys, or is to be repaired and cannot be written.

    Examples
    --------
    >>> import zarr
    >>> array = zarr.create_array({}, shape=(4,), dtype="i4", fill_value=0)
    >>> report = zarr.verify(array.store)
    >>> report.ok, report.arrays, report.chunks, report.missing
    (True, 1, 0, 1)
    """
    place = await _place(store, path, storage_options, writes=repair)
    return await verify_at(place, repair=repair, delete=delete_outside, data=data, progress=progress)


async def clean(
    store: StoreLike,
    *,
    path: str = "",
    older_than: float = DAY,
    dry_run: bool = False,
    storage_options: dict[str, Any] | None = None,
) -> list[Leftover]:
    """Delete the temporary files that interrupted writes have left in a local store.

    They are never seen as keys, and only take room: files ``__zt.*`` of this package, ``*.partial`` of Zarr-Python and
    ``*.__lock`` of TensorStore. Stores that are no directories have none.

    Parameters
    ----------
    store, path
        Where to look for them, at all depths.
    older_than
        How many seconds ago they were last changed, at least. A writer that is at work has young ones.
    dry_run
        Delete nothing.
    storage_options
        Options for remote stores that are named by a URL.

    Returns
    -------
    list of Leftover
        What was deleted, or would be: name, size in bytes and age in seconds of each.
    """
    if not older_than >= 0:
        raise ValueError(f"older_than: Expected a number of seconds, 0 or more. Got {older_than!r}.")
    place = await _place(store, path, storage_options, writes=not dry_run)
    return await clean_at(place, older_than, dry_run=dry_run)


async def _place(
    store: StoreLike, path: str, storage_options: dict[str, Any] | None, *, writes: bool
) -> StorePath:
    """The place, in a store that is left as it is if it is one already."""
    mode: AccessModeLiteral | None = "r+" if writes else "r"
    if isinstance(store, Store | StorePath):
        mode = None
    return await make_store_path(store, path=path, mode=mode, storage_options=storage_options)
