"""Memory that is no longer needed, given back to the machine."""

import ctypes
import sys

import pyarrow as pa


def give_back() -> None:
    """Give back memory that is free but kept: after a large step that may be a gigabyte.

    Where the C library has no such call, only what Arrow keeps.
    """
    pa.default_memory_pool().release_unused()
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # of glibc
        if trim is not None:
            trim(0)
