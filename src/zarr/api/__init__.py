"""What people call: ``zarr.api.asynchronous`` is the source, ``zarr.api.synchronous`` its blocking twin."""
