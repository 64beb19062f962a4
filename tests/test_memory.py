"""What is no longer needed goes back."""

import sys
from pathlib import Path

import numpy as np
import pytest

from stillhunt.memory import give_back

PIECE = 64 * 1024  # bytes; smaller than what the C library asks the machine for one by one


def _resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


@pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")
def test_memory_of_many_small_arrays_goes_back():
    pieces = [np.ones(PIECE // 8) for _ in range(3_000)]
    held = pieces[-1]  # keeps what lies before it
    before = _resident_bytes()
    del pieces
    give_back()
    assert before - _resident_bytes() > 100 * 2**20
    assert held.all()
