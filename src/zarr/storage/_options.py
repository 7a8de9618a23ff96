"""``storage_options``: one vocabulary for fsspec's filesystems and obstore's stores.

What the chosen backend knows itself goes to it unchanged; names of the other one are translated; what neither
knows is refused, with the names that are known.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Literal

__all__ = ["SERVICES", "backend_of", "options_for"]

Backend = Literal["fsspec", "obstore"]

SERVICES = {
    "s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs", "az": "az", "abfs": "az", "abfss": "az",
    "http": "http", "https": "http",
}  # fmt: skip
"""The service that a scheme belongs to, where obstore knows it too."""

# fsspec's name, obstore's name, other names; a dot leads into a dict
_VOCABULARY = {
    "s3": (
        ("anon", "skip_signature"),
        ("key", "access_key_id", "aws_access_key_id", "username"),
        ("secret", "secret_access_key", "aws_secret_access_key", "password"),
        ("token", "session_token", "aws_session_token"),
        ("endpoint_url", "endpoint", "aws_endpoint_url", "client_kwargs.endpoint_url"),
        ("client_kwargs.region_name", "region", "region_name", "aws_region"),
        ("requester_pays", "request_payer"),
    ),
    "gs": (
        ("anon", "skip_signature"),
        ("token", "service_account"),
        ("endpoint_url", "base_url"),
    ),
    "az": (
        ("anon", "skip_signature"),
        ("account_name", "account_name"),
        ("account_key", "account_key"),
        ("sas_token", "sas_key"),
        ("tenant_id", "tenant_id"),
        ("client_id", "client_id"),
        ("client_secret", "client_secret"),
    ),
    "http": (("headers", "client_options.default_headers", "client_kwargs.headers"),),
}
_DICTS = ("client_kwargs", "client_options")
_OBSTORE_ONLY = {"client_options", "retry_config", "credential_provider"}
_OF_THE_SESSION = {
    "profile",
    "session_vars",
    "event_hooks",
    "include_builtin_handlers",
}  # of s3fs, which names none
_OF_EVERY_FILESYSTEM = {
    "asynchronous", "batch_size", "default_block_size", "default_cache_type", "default_fill_cache",
    "listings_expiry_time", "loop", "max_paths", "skip_instance_cache", "target_options", "target_protocol",
    "use_listings_cache",
}  # fmt: skip


def backend_of(scheme: str, options: Mapping[str, Any]) -> Backend | None:
    """The backend whose own names the options have; None where they could be for either."""
    words = _VOCABULARY[SERVICES[scheme]]
    names = {name for name, _ in _flat(options)}
    own = {fsspec for fsspec, obstore, *_ in words if fsspec != obstore}
    theirs = {obstore for fsspec, obstore, *_ in words if fsspec != obstore}
    roots = set(options)
    if names & theirs - own or roots & _OBSTORE_ONLY:
        return None if names & own else "obstore"
    return "fsspec" if names & own or roots & (_OF_EVERY_FILESYSTEM | {"client_kwargs"}) else None


def options_for(
    backend: Backend, scheme: str, options: Mapping[str, Any], known: type | None = None
) -> dict[str, Any]:
    """The options as a backend wants them.

    Parameters
    ----------
    backend
        "fsspec" or "obstore".
    scheme
        Of the URL, such as "s3".
    options
        Options by names of either backend.
    known
        The class of the filesystem, whose parameters are known names.

    Raises
    ------
    TypeError
        If an option is given twice, by two names, or is known to mean nothing to the backend.
    """
    service = SERVICES.get(scheme)
    if service is None:
        return dict(options)
    options = _anonymous(backend, service, options)
    native = frozenset(_OBSTORE_ONLY)
    if backend == "fsspec":
        native = _parameters(known) | _OF_EVERY_FILESYSTEM | _OF_THE_SESSION
    result: dict[str, Any] = {}
    for name, value in _flat(options):
        if backend == "obstore" and name in _OF_EVERY_FILESYSTEM:
            continue  # they say nothing about where the data are
        is_native = name.partition(".")[0] in native
        target = name if is_native else _translated(backend, service, name)
        if target is None:
            raise TypeError(_unknown(backend, scheme, name, native))
        _put(result, target, value, name)
    if backend == "obstore" and str(options.get("endpoint_url", options.get("endpoint", ""))).startswith(
        "http://"
    ):
        result.setdefault("client_options", {}).setdefault("allow_http", True)
    return result


def _anonymous(backend: Backend, service: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """Google's filesystem has no ``anon`` but a token of that name."""
    if service != "gs":
        return options
    given = dict(options)
    anonymous = given.pop("anon", False) or given.pop("skip_signature", False)
    if given.get("token") == "anon":
        anonymous = given.pop("token")
    if anonymous:
        given.update({"token": "anon"} if backend == "fsspec" else {"skip_signature": True})
    return given


def _flat(options: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in options.items():
        if name in _DICTS and isinstance(value, Mapping) and value:
            yield from ((f"{name}.{inner}", v) for inner, v in value.items())
        else:
            yield name, value


def _translated(backend: Backend, service: str, name: str) -> str | None:
    for fsspec, obstore, *others in _VOCABULARY[service]:
        if name in (fsspec, obstore, *others):
            return fsspec if backend == "fsspec" else obstore
    if backend == "fsspec":
        return None if service == "s3" or name.partition(".")[0] in _OBSTORE_ONLY else name
    return None if name.partition(".")[0] in ("client_kwargs", "config_kwargs", "use_ssl") else name


def _put(result: dict[str, Any], target: str, value: Any, name: str) -> None:
    outer, _, inner = target.rpartition(".")
    place = result.setdefault(outer, {}) if outer else result
    if inner in place and place[inner] != value:
        raise TypeError(
            f"storage_options: {name!r} means the same as another option, which has another value."
        )
    place[inner] = value


def _parameters(cls: type | None) -> frozenset[str]:
    if cls is None:
        return frozenset()
    names = set(inspect.signature(cls.__init__).parameters)  # type: ignore[misc]
    return frozenset(names - {"self", "args", "kwargs"})


def _unknown(backend: Backend, scheme: str, name: str, native: frozenset[str]) -> str:
    words = {word[0] for word in _VOCABULARY[SERVICES[scheme]]} | {"region"}
    known = sorted(word for word in words | set(native) if "." not in word)
    return (
        f"storage_options: {name!r} is no option for {scheme}:// by {backend}; known are {', '.join(known)}. "
        "Give a filesystem or store object in place of the URL for anything else."
    )
