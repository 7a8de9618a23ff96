"""``copy``, ``copy_all`` and ``copy_store``: nodes and keys copied, with the signatures of Zarr-Python 2."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, get_args

from zarr.core.array.copying import Progress
from zarr.core.group import AsyncGroup
from zarr.core.group.copying import CopyOptions, Counts, IfExists, copy_nodes, name_filter
from zarr.core.group.key_copying import KeyCopyOptions, copy_keys
from zarr.storage._common import make_store_path

if TYPE_CHECKING:
    from zarr.storage._common import StoreLike

__all__ = ["copy", "copy_all", "copy_store"]

LogLike: TypeAlias = "Callable[[str], object] | str | os.PathLike[str] | Any | None"
"""A function, the path of a file, or an open file."""

Patterns: TypeAlias = "str | Iterable[str] | None"


async def copy(
    source: Any,
    dest: Any,
    name: str | None = None,
    shallow: bool = False,
    without_attrs: bool = False,
    log: LogLike = None,
    if_exists: IfExists = "raise",
    dry_run: bool = False,
    *,
    excludes: Patterns = None,
    includes: Patterns = None,
    flags: int = 0,
    progress: Progress | None = None,
    **create_kws: Any,
) -> Counts:
    """Copy an array, or a group with what is in it, into a group.

    Chunks are copied as they are stored where format, chunks, codecs, data type and fill value stay the same, and are
    else read and written anew in blocks of about 64 MiB. An array's document is written last: one that is there is
    whole, and after an interruption the same call with ``if_exists="skip"`` completes the copy.

    Parameters
    ----------
    source
        An array or a group of this package, of h5py, or of another library that is like these.
    dest
        The group to copy into. What is made there has its format.
    name
        The new name; by default that of ``source``.
    shallow
        Copy the arrays that are directly in a group only.
    without_attrs
        Leave out the attributes.
    log
        A function, the path of a file, or an open file, for a line for each node.
    if_exists
        What to do where something is in the way. "raise": a CopyError before anything is copied; "replace": delete it;
        "skip": leave it; "skip_initialized": leave arrays of which all chunks are stored, and replace others. A group
        that is there is not in the way of a group: both are merged.
    dry_run
        Copy nothing; say what would be.
    excludes, includes, flags
        Regular expressions, with flags of ``re``: what is below ``source`` at a path that one of ``excludes`` is found
        in, and none of ``includes``, is left out.
    progress
        Called with the numbers of bytes of data done and in all.
    **create_kws
        Options of new arrays: ``chunks``, ``shards``, ``compressors`` (or ``compressor``), ``filters``, ``serializer``,
        ``fill_value``, ``dtype``, ``order``, ``chunk_key_encoding`` (or ``dimension_separator``), ``dimension_names``.

    Returns
    -------
    tuple of int
        Numbers of nodes copied, of nodes skipped, and of bytes of data copied.

    Raises
    ------
    CopyError
        If something is in the way.
    TypeError
        If ``source`` has no name and none is given, or an option is unknown.
    """
    if name is None:
        name = str(getattr(source, "name", None) or "").rpartition("/")[2]
    if not name:
        raise TypeError(
            "source has no name, please provide the `name` parameter to indicate a name to copy to"
        )
    with _log_to(log) as say:
        options = _options(
            shallow, without_attrs, if_exists, dry_run, excludes, includes, flags, progress, create_kws, say
        )
        return _summed_up(await copy_nodes(source, _group(dest), name, options), dry_run, say)


async def copy_all(
    source: Any,
    dest: Any,
    shallow: bool = False,
    without_attrs: bool = False,
    log: LogLike = None,
    if_exists: IfExists = "raise",
    dry_run: bool = False,
    *,
    excludes: Patterns = None,
    includes: Patterns = None,
    flags: int = 0,
    progress: Progress | None = None,
    **create_kws: Any,
) -> Counts:
    """Copy all that is in a group into another one, and the attributes of the group itself.

    Parameters and errors are those of ``copy``.

    Returns
    -------
    tuple of int
        Numbers of nodes copied, of nodes skipped, and of bytes of data copied; the group itself does not count.
    """
    with _log_to(log) as say:
        options = _options(
            shallow, without_attrs, if_exists, dry_run, excludes, includes, flags, progress, create_kws, say
        )
        return _summed_up(await copy_nodes(source, _group(dest), "", options), dry_run, say)


async def copy_store(
    source: StoreLike,
    dest: StoreLike,
    source_path: str = "",
    dest_path: str = "",
    excludes: Patterns = None,
    includes: Patterns = None,
    flags: int = 0,
    if_exists: Literal["raise", "replace", "skip"] = "raise",
    dry_run: bool = False,
    log: LogLike = None,
    *,
    progress: Progress | None = None,
) -> Counts:
    """Copy the keys of a store to another store, as they are: the quickest way to copy a whole hierarchy.

    The documents are copied last. After an interruption the same call with ``if_exists="skip"`` completes the copy.

    Parameters
    ----------
    source, source_path
        What to copy: all keys below a path.
    dest, dest_path
        Where to copy it to.
    excludes, includes, flags
        Regular expressions, with flags of ``re``: a key that one of ``excludes`` is found in, and none of
        ``includes``, is left out.
    if_exists
        What to do where a key is there. "raise": a CopyError before anything is copied; "skip": leave it; "replace":
        copy it all the same, and delete what an array that is replaced has more than the new one.
    dry_run
        Copy nothing; say what would be.
    log
        A function, the path of a file, or an open file, for a line for each key.
    progress
        Called with the numbers of keys done and in all.

    Returns
    -------
    tuple of int
        Numbers of keys copied, of keys skipped, and of bytes copied.

    Raises
    ------
    CopyError
        If a key is there and ``if_exists`` is "raise".
    """
    choices = ("raise", "replace", "skip")
    if if_exists not in choices:
        raise ValueError(f"if_exists must be one of {choices}; found {if_exists!r}")
    old = await make_store_path(source, path=source_path)
    new = await make_store_path(dest, path=dest_path)
    with _log_to(log) as say:
        options = KeyCopyOptions(
            is_wanted=name_filter(excludes, includes, flags),
            if_exists=if_exists,
            dry_run=dry_run,
            log=say,
            progress=progress,
        )
        return _summed_up(await copy_keys(old, new, options), dry_run, say)


def _group(dest: Any) -> AsyncGroup:
    group = getattr(dest, "_async_group", dest)
    if not isinstance(group, AsyncGroup):
        raise ValueError(f"dest must be a group, got {dest!r}")
    return group


def _options(
    shallow: bool,
    without_attrs: bool,
    if_exists: IfExists,
    dry_run: bool,
    excludes: Patterns,
    includes: Patterns,
    flags: int,
    progress: Progress | None,
    create_kws: dict[str, Any],
    log: Callable[[str], object],
) -> CopyOptions:
    if if_exists not in get_args(IfExists):
        raise ValueError(f"if_exists must be one of {get_args(IfExists)}; found {if_exists!r}")
    return CopyOptions(
        shallow=shallow,
        without_attrs=without_attrs,
        if_exists=if_exists,
        dry_run=dry_run,
        is_wanted=name_filter(excludes, includes, flags),
        log=log,
        progress=progress,
        create_kws=create_kws,
    )


@contextmanager
def _log_to(log: LogLike) -> Iterator[Callable[[str], object]]:
    """A function that logs a line."""
    if log is None:
        yield lambda line: None
    elif isinstance(log, str | os.PathLike):
        with open(log, "w") as file:
            yield lambda line: print(line, file=file)
    elif hasattr(log, "write"):
        yield lambda line: print(line, file=log)
    elif callable(log):
        yield log
    else:
        raise TypeError(f"log must be a callable function, file path or file-like object, found {log!r}")


def _summed_up(counts: Counts, dry_run: bool, log: Callable[[str], object]) -> Counts:
    copied, skipped, nbytes = counts
    done = f"{copied:,} copied, {skipped:,} skipped"
    log(f"dry run: {done}" if dry_run else f"all done: {done}, {nbytes:,} bytes copied")
    return counts
