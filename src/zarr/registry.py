"""Where implementations are found by name: codecs, chunk key encodings, buffers, codec pipelines.

Each implementation's file ends with its registration. What is not registered is looked for by the class
path in the configuration, then among the entry points of installed packages, which are read on the
first miss and never at import.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zarr.core import config as config_module
from zarr.core import load_module
from zarr.core.common import check_native_name
from zarr.core.config import DEFAULTS, BadConfigError, allows_pickle, settings
from zarr.errors import PickleCodecDisabledError, UnknownCodecError, ZarrUserWarning, at, warn

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from zarr.abc.buffer import Buffer, NDBuffer
    from zarr.abc.codec import Codec, CodecPipeline
    from zarr.abc.numcodec import Numcodec
    from zarr.core.chunk_key_encodings import ChunkKeyEncoding

__all__ = [
    "Registry",
    "get_buffer_class",
    "get_chunk_key_encoding_class",
    "get_codec_class",
    "get_ndbuffer_class",
    "get_numcodec",
    "get_pipeline_class",
    "register_buffer",
    "register_chunk_key_encoding",
    "register_codec",
    "register_ndbuffer",
    "register_pipeline",
]

T = TypeVar("T")


def fully_qualified_name(cls: type) -> str:
    """Module and name of a class, as the configuration has it."""
    return f"{cls.__module__}.{cls.__qualname__}"


class Registry(dict[str, type[T]], Generic[T]):
    """Implementations of one kind, by qualified name, and the entry points that bring more.

    Parameters
    ----------
    groups
        Entry point groups that belong to this kind.
    """

    def __init__(self, *groups: str) -> None:
        super().__init__()
        self._groups = groups
        self._pending: list[EntryPoint] | None = None

    @property
    def lazy_load_list(self) -> list[EntryPoint]:
        """Entry points that have not been loaded."""
        if self._pending is None:
            self._pending = list(_entry_points(self._groups)) if self._groups else []
        return self._pending

    def lazy_load(self, use_entrypoint_name: bool = False) -> None:
        """Load and register what the entry points name."""
        for entry_point in self.lazy_load_list:
            cls = entry_point.load()
            self.register(cls, qualname=entry_point.name if use_entrypoint_name else None)
        self.lazy_load_list.clear()

    def register(self, cls: type[T], qualname: str | None = None) -> None:
        """Register a class by its qualified name, or by another."""
        self[qualname or fully_qualified_name(cls)] = cls

    def find(self, path: str) -> type[T]:
        """The class that the configuration names: registered, importable, or of an entry point."""
        cls = self.get(path)
        if cls is None:
            imported = _import_class(path)
            if imported is not None:
                return self.get(fully_qualified_name(imported), imported)
            self.lazy_load()
            cls = self.get(path)
        if cls is None:
            raise BadConfigError(f"{path!r} was not found in the registry: {sorted(self)}.")
        return cls


def _entry_points(groups: tuple[str, ...]) -> list[EntryPoint]:
    # read at the first miss only: this module of the standard library is slow to import
    metadata = load_module("importlib.metadata")
    found: list[EntryPoint] = [e for group in groups for e in metadata.entry_points(group=group)]
    return found


def _import_class(path: str) -> type[Any] | None:
    module, _, name = path.rpartition(".")
    if not module.strip("."):
        return None
    try:
        loaded = load_module(module)  # not of `sys.modules`: another thread may be loading it
    except ModuleNotFoundError as error:
        if error.name is not None and (module + ".").startswith(error.name + "."):
            return None
        raise
    found = getattr(loaded, name, None)
    return found if isinstance(found, type) else None


_codecs: dict[str, Registry[Codec]] = {}
_codec_entry_points: dict[str, list[EntryPoint]] | None = None
_pipelines: Registry[CodecPipeline] = Registry("zarr.codec_pipeline")
_buffers: Registry[Buffer] = Registry("zarr.buffer")
_ndbuffers: Registry[NDBuffer] = Registry("zarr.ndbuffer")
_chunk_key_encodings: Registry[ChunkKeyEncoding] = Registry("zarr.chunk_key_encoding")


def register_codec(key: str, codec_cls: type[Codec], *, qualname: str | None = None) -> None:
    """Make a codec known by the name that documents have for it."""
    _load_own(key, codec_cls.__module__)
    _codecs.setdefault(key, Registry()).register(codec_cls, qualname)


def _load_own(key: str, loading: str = "") -> None:
    """Load this package's codec of that name, which so comes before those of others."""
    place = DEFAULTS["codecs"].get(key)
    if isinstance(place, str) and key not in _codecs and place.rpartition(".")[0] != loading:
        _import_class(place)


def get_codec_class(key: str, reload_config: bool = False) -> type[Codec]:
    """The class for a codec's name.

    The configuration ``codecs.<name>`` chooses where there are several; the one registered last is taken
    where it names none.

    Raises
    ------
    UnknownCodecError
        If there is none; the message says which package may bring it.
    """
    if reload_config:
        config_module.config.refresh()
    if key.rpartition(".")[2] == "pickle" and not allows_pickle():
        raise PickleCodecDisabledError(
            f"Refusing to look for the codec {key!r}: unpickling can run any code. For data that you trust, "
            "set the configuration 'array.allow_unsafe_pickle_decode' to True."
        )
    chosen: Any = settings.config.get("codecs")  # not `settings.get`: this is asked at every opening
    for part in key.split("."):
        chosen = chosen.get(part) if isinstance(chosen, dict) else None
    known = _codecs.get(key)
    if isinstance(chosen, str):
        if known is not None and chosen in known:
            return known[chosen]
        cls = _import_class(chosen)
        if cls is not None:
            return cls
    if not known:
        _load_own(key)
        known = _codecs.get(key)
    if not known:
        _load_codec_entry_points(key)
        known = _codecs.get(key)
    if not known:
        raise UnknownCodecError(_unknown_codec(key))
    if isinstance(chosen, str):
        if chosen in known:
            return known[chosen]
        raise UnknownCodecError(
            f"codec {key!r}: the configured class {chosen!r} is not registered: {sorted(known)}."
        )
    if len(known) > 1:
        warn(
            f"Codec {key!r} is registered several times: {sorted(known)}; set the configuration "
            f"'codecs.{key}' to choose one. Using the last.",
            ZarrUserWarning,
        )
    return list(known.values())[-1]


def _load_codec_entry_points(key: str) -> None:
    global _codec_entry_points
    if _codec_entry_points is None:
        _codec_entry_points = {}
        for entry_point in _entry_points(("zarr.codecs",)):
            name = entry_point.name.removeprefix("codecs.")
            _codec_entry_points.setdefault(name, []).append(entry_point)
    for entry_point in _codec_entry_points.pop(key, []):
        register_codec(key, entry_point.load())


_FOUND_IN = {
    "pcodec": "pcodec",
    "zfpy": "zfpy",
    "crc32c": "google-crc32c",
    "msgpack2": "msgpack",
    "imagecodecs_": "imagecodecs",
    "gribberish": "gribberish",
    "n5_default": "zarr-n5",
}


def _unknown_codec(key: str) -> str:
    name = key.removeprefix("numcodecs.")
    hint = next((package for prefix, package in _FOUND_IN.items() if name.startswith(prefix)), None)
    where = f"pip install {hint} may bring it" if hint else "install the Python package that brings it"
    return (
        f"An implementation for codec {key!r} is not available; {where}, or register one by "
        "zarr.registry.register_codec."
    )


_NATIVE_NAMES = frozenset(("dtype", "astype", "encode_dtype", "decode_dtype"))
"""Members of configurations that hold names of NumPy's data types."""


def get_numcodec(data: dict[str, Any]) -> Numcodec:
    """A numcodecs codec of its format 2 configuration, which has an ``id``."""
    for name in _NATIVE_NAMES.intersection(data):
        with at(name):
            check_native_name(data[name])
    numcodecs_registry = load_module("numcodecs.registry")
    try:
        codec: Numcodec = numcodecs_registry.get_codec(dict(data))
    except (ValueError, SyntaxError) as error:  # the latter of NumPy, for names of data types
        raise UnknownCodecError(_unknown_codec(str(data.get("id")))) from error
    return codec


def register_pipeline(pipe_cls: type[CodecPipeline]) -> None:
    """Make a codec pipeline known by its qualified name."""
    _pipelines.register(pipe_cls)


def get_pipeline_class(reload_config: bool = False) -> type[CodecPipeline]:
    """The codec pipeline that the configuration ``codec_pipeline.path`` names."""
    return _configured(_pipelines, "codec_pipeline.path", reload_config)


def pipeline_of_others() -> type[CodecPipeline] | None:
    """The class that the configuration names, if it is none of this package, which need not be loaded to tell."""
    if settings.config["codec_pipeline"]["path"] == DEFAULTS["codec_pipeline"]["path"]:
        return None
    cls = get_pipeline_class()
    return None if cls.__module__ == "zarr.core.codec_pipeline" else cls


def register_buffer(cls: type[Buffer], qualname: str | None = None) -> None:
    """Make a class of buffers known."""
    _buffers.register(cls, qualname)


def get_buffer_class(reload_config: bool = False) -> type[Buffer]:
    """The class of buffers that the configuration ``buffer`` names."""
    return _configured(_buffers, "buffer", reload_config)


def register_ndbuffer(cls: type[NDBuffer], qualname: str | None = None) -> None:
    """Make a class of N-dimensional buffers known."""
    _ndbuffers.register(cls, qualname)


def get_ndbuffer_class(reload_config: bool = False) -> type[NDBuffer]:
    """The class of N-dimensional buffers that the configuration ``ndbuffer`` names."""
    return _configured(_ndbuffers, "ndbuffer", reload_config)


def register_chunk_key_encoding(key: str, cls: type[ChunkKeyEncoding]) -> None:
    """Make a chunk key encoding known by the name that documents have for it."""
    _chunk_key_encodings.register(cls, key)


def get_chunk_key_encoding_class(key: str) -> type[ChunkKeyEncoding]:
    """The class for a chunk key encoding's name; KeyError if there is none."""
    if key not in _chunk_key_encodings:
        _chunk_key_encodings.lazy_load(use_entrypoint_name=True)
    if key not in _chunk_key_encodings:
        raise KeyError(f"Chunk key encoding {key!r} not found in registry: {sorted(_chunk_key_encodings)}.")
    return _chunk_key_encodings[key]


def _configured(registry: Registry[T], name: str, reload_config: bool) -> type[T]:
    if reload_config:
        config_module.config.refresh()
    value: Any = settings.config
    for part in name.split("."):
        value = value[part]
    cls = registry.get(value)
    return registry.find(value) if cls is None else cls
