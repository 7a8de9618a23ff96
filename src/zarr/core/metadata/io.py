"""The documents of nodes, read and written. The one place that knows which keys a node's documents have.

format 3    zarr.json
format 2    .zarray or .zgroup, .zattrs, and .zmetadata where consolidated
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from zarr.abc.store import SupportsRenameDir
from zarr.core import later, run
from zarr.core.buffer.cpu import buffer_prototype
from zarr.core.common import (
    ZARR_JSON,
    ZARRAY_JSON,
    ZATTRS_JSON,
    ZGROUP_JSON,
    ZMETADATA_V2_JSON,
    ZarrFormat,
)
from zarr.core.json import check_size, load_document
from zarr.core.keys import join_path, normalize_path, parents_of
from zarr.core.metadata.parsed import find_text, keep_text
from zarr.core.metadata.v3 import ArrayV3Metadata, check_storable, parse_zarr_format
from zarr.errors import (
    ConflictError,
    ContainsArrayError,
    ContainsGroupError,
    MetadataValidationError,
    NodeTypeValidationError,
    ZarrUserWarning,
    at,
    warn,
)
from zarr.storage._blocking import plain_form
from zarr.storage._common import StorePath

if TYPE_CHECKING:
    from zarr.abc.buffer import Buffer
    from zarr.abc.store import Store
    from zarr.core.metadata import group as groups
    from zarr.core.metadata import lazy as lazy
    from zarr.core.metadata import v2 as v2
    from zarr.core.metadata.group import ConsolidatedMetadata, GroupMetadata
    from zarr.core.metadata.v2 import ArrayV2Metadata
    from zarr.core.run import locks as locks
else:
    groups = later("zarr.core.metadata.group")
    lazy = later("zarr.core.metadata.lazy")
    locks = later("zarr.core.run.locks")
    v2 = later("zarr.core.metadata.v2")

__all__ = [
    "NODE_DOCUMENTS",
    "UNFINISHED_MOVE",
    "UNFINISHED_RESIZE",
    "NodeMetadata",
    "claim_node",
    "create_node",
    "deepest_first",
    "delete_note",
    "ensure_no_node",
    "is_chunk_name",
    "is_document",
    "is_node",
    "is_of_the_system",
    "is_vacant",
    "make_if_missing",
    "makes_a_node",
    "names_below",
    "parse_documents",
    "read_array",
    "read_document",
    "read_group",
    "read_node",
    "read_note",
    "write_documents",
    "write_node",
    "write_note",
]

NodeMetadata: TypeAlias = "ArrayV2Metadata | ArrayV3Metadata | GroupMetadata"
UseConsolidated: TypeAlias = "bool | str | None"

NODE_DOCUMENTS = (ZARR_JSON, ZARRAY_JSON, ZGROUP_JSON)
"""Names of the documents without which there is no node."""
UNFINISHED_MOVE = ".zmove"
"""Where a move is not atomic: the key, beside the documents, that says what is being moved there."""
UNFINISHED_RESIZE = ".zresize"
"""While the shape of an array changes: an array's document beside its own, of the wider of the two shapes."""
_OTHER_DOCUMENTS = (ZATTRS_JSON, ZMETADATA_V2_JSON, UNFINISHED_MOVE, UNFINISHED_RESIZE)


async def read_document(path: StorePath, name: str) -> dict[str, Any] | None:
    """A document below a path; None if there is none."""
    text = await _value(path, name)
    return None if text is None else load_document(text, _Where(path, name))


async def _value(path: StorePath, name: str) -> bytes | None:
    """The value of a key below a path, by a plain call where nothing waits; None if there is none."""
    key = join_path(path.path, name)
    get: Callable[..., Buffer | None] | None = plain_form(path.store, "get")
    try:
        data = (
            await path.store.get(key, buffer_prototype)
            if get is None
            else get(key, prototype=buffer_prototype)
        )
    except NotADirectoryError:  # a file stands where the node would be
        return None
    return None if data is None else data.to_bytes()


async def _make_value(store: Store, key: str, data: Buffer) -> bool | None:
    """Store a value unless there is one, as ``Store.set_if_not_exists``; by a plain call where nothing waits."""
    make: Callable[..., bool | None] | None = plain_form(store, "set_if_not_exists")
    return await store.set_if_not_exists(key, data) if make is None else make(key, data)


async def names_below(path: StorePath) -> list[str]:
    """Names of the keys and prefixes one level below a path; by a plain call where nothing waits."""
    list_dir: Callable[..., Iterable[str]] | None = plain_form(path.store, "list_dir")
    if list_dir is None:
        return [name async for name in path.store.list_dir(path.path)]
    return list(list_dir(path.path))


async def read_note(path: StorePath, name: str) -> dict[str, Any] | None:
    """A note of something unfinished; None if there is none, or the store refuses keys that are not of Zarr."""
    try:
        text = await _value(path, name)
    except ValueError:
        return None
    return None if text is None else load_document(text, _Where(path, name))


async def write_note(path: StorePath, name: str, data: Buffer) -> bool:
    """Write a note of something unfinished; False where the store refuses such keys, as transactional ones do."""
    try:
        await path.store.set(join_path(path.path, name), data)
    except ValueError:
        return False
    return True


async def delete_note(path: StorePath, name: str) -> None:
    """Delete a note, if the store can have it."""
    try:
        await path.store.delete(join_path(path.path, name))
    except ValueError:
        pass


class _Where(NamedTuple):
    """Where a document is, for errors: its text is made when it is needed."""

    path: StorePath
    name: str
    end: str = ""

    def __str__(self) -> str:
        return f"{self.path}/{self.name}{self.end}"


async def _get_many(path: StorePath, *names: str) -> list[dict[str, Any] | None]:
    return await run.gather(read_document, [(path, name) for name in names])


# --- reading


async def read_node(path: StorePath, zarr_format: ZarrFormat | None = None) -> NodeMetadata | None:
    """The metadata of whatever node is there; None if there is none.

    With ``zarr_format`` None, format 3 is looked for first; an array comes before a group in format 2.
    """
    zarr_format = path.agreed_format(zarr_format)
    await run.settle(path.store)
    if zarr_format != 2:
        text = await _value(path, ZARR_JSON)
        if text is not None:
            where = _Where(path, ZARR_JSON)
            check_size(text, where)
            known = find_text(text)
            document = {} if known is not None else load_document(text, where)
            if zarr_format is None:
                await _warn_of_both(path)
            return _of_text(path, text, document) if known is None else ArrayV3Metadata._of_kept(*known)
        if zarr_format == 3:
            return None
    if path.store._suspends:
        names = (ZARRAY_JSON, ZGROUP_JSON, ZATTRS_JSON)
        return parse_documents(path, dict(zip(names, await _get_many(path, *names), strict=True)), 2)
    documents = {ZARRAY_JSON: await read_document(path, ZARRAY_JSON)}
    if documents[ZARRAY_JSON] is None:
        documents[ZGROUP_JSON] = await read_document(path, ZGROUP_JSON)
    if any(document is not None for document in documents.values()):
        documents[ZATTRS_JSON] = await read_document(path, ZATTRS_JSON)
    return parse_documents(path, documents, 2)


def parse_documents(
    path: StorePath, documents: Mapping[str, dict[str, Any] | None], zarr_format: ZarrFormat
) -> NodeMetadata | None:
    """The metadata of a node of a format, of its documents by their names; None where the one that makes it is missing.

    In format 2 those of a group are with what ``.zmetadata`` repeats, if that is among them.
    """
    main, array, group = (documents.get(name) for name in (ZARR_JSON, ZARRAY_JSON, ZGROUP_JSON))
    if zarr_format == 3:
        return None if main is None else _of_v3(path, main)
    attributes, consolidated = documents.get(ZATTRS_JSON), documents.get(ZMETADATA_V2_JSON)
    if array is not None:
        return _array_of_v2(path, array, attributes)
    if group is None:
        return None
    metadata = _group_of_v2(path, group, attributes)
    if consolidated is None:
        return metadata
    with at(_Where(path, ZMETADATA_V2_JSON, ":")):
        return groups.GroupMetadata(metadata.attributes, 2, _consolidated_of_v2(consolidated))


async def read_array(
    path: StorePath, zarr_format: ZarrFormat | None = None
) -> ArrayV2Metadata | ArrayV3Metadata | None:
    """The metadata of the array that is there; None if there is no node.

    Raises
    ------
    NodeTypeValidationError
        If a group is there.
    """
    node = await read_node(path, zarr_format)
    if node is None or type(node) is ArrayV3Metadata:  # as most are
        return node
    if isinstance(node, groups.GroupMetadata):
        raise NodeTypeValidationError(
            f"{path}: Failed to parse input for 'node_type': expected Literal['array'], got 'group'. A group is there, "
            "not an array."
        )
    return node


async def read_group(
    path: StorePath, zarr_format: ZarrFormat | None = None, use_consolidated: UseConsolidated = None
) -> GroupMetadata | None:
    """The metadata of the group that is there; None if there is no node.

    Parameters
    ----------
    use_consolidated
        True to require consolidated metadata, False to ignore them, None to use them where there are any; for format
        2 also the key that they have.

    Raises
    ------
    ContainsArrayError
        If an array is there.
    ValueError
        If there are no consolidated metadata and they are required.
    """
    zarr_format = path.agreed_format(zarr_format)
    await run.settle(path.store)
    if zarr_format != 2:
        document = await read_document(path, ZARR_JSON)
        if document is not None:
            if zarr_format is None:
                await _warn_of_both(path)
            if isinstance(use_consolidated, str):
                raise TypeError("a key of consolidated metadata can be named for format 2 only")
            if use_consolidated is False:
                document.pop("consolidated_metadata", None)
            return _with_consolidated(path, _of_v3(path, document), use_consolidated)
        if zarr_format == 3:
            return None
    key = use_consolidated if isinstance(use_consolidated, str) else ZMETADATA_V2_JSON
    names = [ZGROUP_JSON, ZATTRS_JSON] + ([] if use_consolidated is False else [key])
    group, attributes, *consolidated = await _get_many(path, *names)
    if group is None:
        if await read_document(path, ZARRAY_JSON) is not None:
            raise ContainsArrayError(path.store, path.path)
        return None
    metadata = _group_of_v2(path, group, attributes)
    if consolidated and consolidated[0] is not None:
        with at(_Where(path, key, ":")):
            below = _consolidated_of_v2(consolidated[0])
        metadata = groups.GroupMetadata(metadata.attributes, 2, below)
    return _with_consolidated(path, metadata, use_consolidated)


def _with_consolidated(
    path: StorePath, metadata: NodeMetadata, use_consolidated: UseConsolidated
) -> GroupMetadata:
    if not isinstance(metadata, groups.GroupMetadata):
        raise ContainsArrayError(f"An array already exists in store {path.store} at path {path.path}.")
    if use_consolidated and metadata.consolidated_metadata is None:
        raise ValueError(
            f"Consolidated metadata requested with 'use_consolidated={use_consolidated!r}' but not found in {path}."
        )
    return metadata


async def _warn_of_both(path: StorePath) -> None:
    """Say it where documents of both formats are there; not asked of stores where it costs a request."""
    store = path.store
    if store._suspends:
        return
    exists: Callable[..., bool] | None = plain_form(store, "exists")
    for name in (ZARRAY_JSON, ZGROUP_JSON):
        key = join_path(path.path, name)
        if await store.exists(key) if exists is None else exists(key):
            warn(
                f"Both zarr.json (Zarr format 3) and {name} (Zarr format 2) metadata objects exist at {path}. Zarr "
                "format 3 will be used.",
                ZarrUserWarning,
            )


def _of_text(path: StorePath, text: bytes, document: dict[str, Any]) -> NodeMetadata:
    """The metadata in a document of format 3, kept for the next that has this text."""
    node = _of_v3(path, document)
    if isinstance(node, ArrayV3Metadata):
        keep_text(text, document)
    return node


def _of_v3(path: StorePath, document: dict[str, Any]) -> NodeMetadata:
    try:  # not `with at(...)`, which costs more where there is no error
        return _parse_v3(document)
    except Exception:
        with at(_Where(path, ZARR_JSON, ":")):
            raise


def _parse_v3(document: dict[str, Any]) -> NodeMetadata:
    if document.get("zarr_format") == 3 and document.get("node_type") == "array":  # as most are
        array = ArrayV3Metadata.from_dict(document)
        check_storable(array)
        return array
    with at("zarr_format"):
        parse_zarr_format(document.get("zarr_format"))
    if "node_type" not in document:
        if "shape" in document:
            with at("node_type"):
                raise MetadataValidationError("this member is required and is missing")
        return groups.GroupMetadata.from_dict(document)
    return groups.parse_node(document)


def _array_of_v2(
    path: StorePath, document: dict[str, Any], attributes: dict[str, Any] | None
) -> ArrayV2Metadata:
    with at(_Where(path, ZARRAY_JSON, ":")):
        return v2.ArrayV2Metadata.from_dict({**document, "attributes": attributes or {}})


def _group_of_v2(
    path: StorePath, document: dict[str, Any], attributes: dict[str, Any] | None
) -> GroupMetadata:
    with at(_Where(path, ZGROUP_JSON, ":")), at("zarr_format"):
        if "zarr_format" in document:
            v2.parse_zarr_format(document["zarr_format"])
        else:
            warn(
                f"{_Where(path, ZGROUP_JSON)}: zarr_format: this member is missing; it is taken as 2.",
                ZarrUserWarning,
            )
    return groups.GroupMetadata(attributes, 2)


def _consolidated_of_v2(document: dict[str, Any]) -> ConsolidatedMetadata:
    nodes: dict[str, NodeMetadata | lazy.Unparsed] = {}
    with at("metadata"):
        documents = document.get("metadata")
        if not isinstance(documents, dict):
            raise MetadataValidationError(f"Expected a mapping of keys to documents. Got {documents!r}.")
        for key, content in documents.items():
            parent, _, name = key.rpartition("/")
            if name not in (ZARRAY_JSON, ZGROUP_JSON) or not parent:
                continue
            attributes = documents.get(f"{parent}/{ZATTRS_JSON}") or {}
            with at(f"[{key!r}]"):
                if not isinstance(content, dict):
                    raise MetadataValidationError(f"Expected an object. Got {content!r}.")
                if name == ZARRAY_JSON:
                    whole = {**content, "attributes": attributes}
                    parse = v2.ArrayV2Metadata.from_dict
                    nodes[normalize_path(parent)] = lazy.Unparsed(whole, parse, "metadata", key)
                else:
                    nodes.setdefault(normalize_path(parent), groups.GroupMetadata(attributes, 2))
    return groups.ConsolidatedMetadata.of_flat(nodes)


async def is_node(path: StorePath, zarr_format: ZarrFormat | None = None) -> bool:
    """Whether a node's document is there, sound or not."""
    await run.settle(path.store)
    names = {3: (ZARR_JSON,), 2: (ZARRAY_JSON, ZGROUP_JSON), None: (ZARR_JSON, ZARRAY_JSON, ZGROUP_JSON)}
    keys = [(join_path(path.path, name),) for name in names[zarr_format]]
    return any(await run.gather(path.store.exists, keys))


# --- writing


async def ensure_no_node(path: StorePath, zarr_format: ZarrFormat) -> None:
    """Raise ContainsArrayError or ContainsGroupError if a node of this format is there."""
    node = await read_node(path, zarr_format)
    if node is None:
        return
    if isinstance(node, groups.GroupMetadata):
        raise ContainsGroupError(path.store, path.path)
    raise ContainsArrayError(path.store, path.path)


async def is_vacant(path: StorePath, zarr_format: ZarrFormat) -> bool:
    """Whether an array can be made here since nothing lies here; False where it is not known.

    It costs one look into a directory, or one request. Memory, which has to look at all its keys, is not asked.

    Raises
    ------
    FileExistsError
        If there are chunks and no node: they would come back as data of a new array.
    ContainsArrayError, ContainsGroupError
        If a node of this format is there.
    """
    store = path.store
    if not isinstance(store, SupportsRenameDir):
        if not (store._suspends and store.supports_listing and store.supports_deletes):
            return False
        if await store.is_empty(path.path):
            return True
        await ensure_no_node(path, zarr_format)  # before all names are listed
    names = await names_below(path)
    for name in names:
        if is_chunk_name(name) and not await is_node(path / name):
            await ensure_no_node(path, zarr_format)  # another may have made it meanwhile
            raise FileExistsError(
                f"{path} holds {name!r}, which is left of an array whose document is gone, as an interrupted deletion "
                "leaves it. Give overwrite=True to delete it."
            )
    return not names


async def ensure_parents(path: StorePath, zarr_format: ZarrFormat) -> None:
    """Make a group of each ancestor that is no node; ContainsArrayError if one is an array, and then none is made."""
    store = path.store
    above = [StorePath(store, parent) for parent in parents_of(path.path)]
    known = ZARR_JSON if zarr_format == 3 else ZGROUP_JSON
    documents = await run.gather(read_document, [(parent, known) for parent in above])
    missing, arrays = [], []
    for parent, document in zip(above, documents, strict=True):
        if document is None:
            missing.append(parent)
        elif document.get("node_type") == "array":
            arrays.append(parent)
    if zarr_format == 2:
        found = await run.gather(store.exists, [(join_path(parent.path, ZARRAY_JSON),) for parent in missing])
        arrays = [parent for parent, is_array in zip(missing, found, strict=True) if is_array]
    if arrays:
        raise ContainsArrayError(
            f"{path}: only groups may have child nodes, and there is an array at {arrays[0]}."
        )
    for parent in missing:
        await make_if_missing(parent, groups.GroupMetadata(zarr_format=zarr_format))


async def make_if_missing(path: StorePath, group: GroupMetadata) -> None:
    """Write the documents of a group, those that are not there."""
    for name, data in group.to_buffer_dict(buffer_prototype).items():
        await _make_value(path.store, join_path(path.path, name), data)


async def write_node(
    path: StorePath,
    metadata: NodeMetadata,
    *,
    parents: bool = False,
    stored: NodeMetadata | None = None,
) -> None:
    """Write the documents of a node, each whole; with ``parents``, make groups of the ancestors first.

    Of two documents the one that is as in the metadata ``stored`` now is left as it is: a change of the other is
    then made at once.
    """
    await run.settle(path.store)
    documents = metadata.to_buffer_dict(buffer_prototype)
    if parents:
        await ensure_parents(path, metadata.zarr_format)
    if stored is not None and len(documents) > 1:
        for name, was in stored.to_buffer_dict(buffer_prototype).items():
            if name in documents and was.to_bytes() == documents[name].to_bytes():
                del documents[name]
    await write_documents(path, documents)


async def write_documents(path: StorePath, documents: Mapping[str, Buffer]) -> None:
    """Write documents of a node, by their names, each whole."""
    await run.settle(path.store)
    for name, data in documents.items():
        await path.store.set(join_path(path.path, name), data)


async def create_node(path: StorePath, metadata: NodeMetadata, *, is_empty: bool = False) -> None:
    """Write the documents of a new node, and groups for its ancestors. Of many that try at once, one succeeds.

    Raises
    ------
    ContainsArrayError, ContainsGroupError
        If a node of this format is there.
    FileExistsError
        If there are chunks of an array that ``is_empty``.
    """
    await run.settle(path.store)
    async with locks.locked(path.store._lock_scope, path.path, node=True):
        if not (is_empty and await is_vacant(path, metadata.zarr_format)):
            await ensure_no_node(path, metadata.zarr_format)
        await ensure_parents(path, metadata.zarr_format)
        await claim_node(path, metadata)


async def claim_node(path: StorePath, metadata: NodeMetadata) -> None:
    """Write the documents of a node; an error as of ``create_node`` if it is there.

    The attributes come first, so that a node that is there has them; those that are there already are of another who
    tries at the same time, or left over, and are replaced once the node is ours.
    """
    documents = metadata.to_buffer_dict(buffer_prototype)
    name = next(name for name in NODE_DOCUMENTS if name in documents)
    key, data = join_path(path.path, name), documents.pop(name)
    others = [(join_path(path.path, other), content) for other, content in documents.items()]
    replaced = [other for other in others if not await _make_value(path.store, *other)]
    made = await _make_value(path.store, key, data)
    if not isinstance(made, bool):  # the store does not say
        found = await path.store.get(key, buffer_prototype)
        made = found is not None and found.to_bytes() == data.to_bytes()
    if not made:
        await ensure_no_node(path, metadata.zarr_format)
        raise ConflictError(f"{path}: a node was made and deleted here by another writer at the same time.")
    for other in replaced:
        await path.store.set(*other)


def makes_a_node(key: str) -> bool:
    """Whether a key is that of a document without which there is no node."""
    return key.rpartition("/")[2] in NODE_DOCUMENTS


def is_document(key: str) -> bool:
    """Whether a key is that of a document, not of a chunk."""
    return key.rpartition("/")[2] in NODE_DOCUMENTS + _OTHER_DOCUMENTS


def is_of_the_system(key: str) -> bool:
    """Whether a key is that of a file that file browsers and network file systems leave about."""
    return re.fullmatch(_OF_THE_SYSTEM, key) is not None


def deepest_first(key: str) -> tuple[int, bool]:
    """What documents are ordered by to be written: deep ones first, and of a node the one last that makes it a node."""
    return -key.count("/"), makes_a_node(key)


def is_chunk_name(name: str) -> bool:
    """Whether a key, relative to its array, is that of a chunk in one of the usual encodings."""
    return re.fullmatch(_CHUNK, name) is not None


_CHUNK = r"c(?:[/.]\d+)*|\d+(?:[/.]\d+)*"
_OF_THE_SYSTEM = r"(?:.*/)?(?:\.DS_Store|Thumbs\.db|desktop\.ini|\._[^/]*|\.nfs[^/]*)"
