"""ZipStore, a store in one zip archive.

_store     the store
_place     where the archive is, shared by the stores that use it
_archive   an open archive: a log of values, and the directory at its end
_recover   what can be saved of one whose writer was killed
_format    the structures of the file
_methods   compression
_file      reading and writing at offsets, and the lock

"""

from zarr.storage._zip._store import ZipStore

__all__ = ["ZipStore"]
