from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from stillhunt.fingerprint import intrinsics
from stillhunt.fingerprint.intrinsics import compiled

WORDS = st.integers(0, 2**64 - 1)


@compiled
def classify(address: int) -> Any:
    return intrinsics.classify(address)


@compiled
def scan(bits: Any, other: Any) -> Any:
    return (
        intrinsics.lowest_bit(bits),
        intrinsics.highest_bit(bits),
        intrinsics.count_bits(bits),
        intrinsics.fold(bits, other),
    )


@compiled
def load(address: int) -> Any:
    return intrinsics.load8(address), intrinsics.load64(address)


@settings(deadline=None)  # the first call compiles
@given(st.binary(min_size=64, max_size=64))
def test_each_byte_is_classified_alone(data: bytes) -> None:
    block = np.frombuffer(data, np.uint8)
    tests = (
        lambda byte: (chr(byte).isalpha() and byte < 128) or byte == ord("_"),
        lambda byte: byte in b"0123456789",
        lambda byte: byte > 127,
        lambda byte: byte in b"'",
        lambda byte: byte in b"{}[]();=<>_`\\",
        lambda byte: byte in b"\n",
    )
    wanted = [sum(1 << place for place, byte in enumerate(data) if test(byte)) for test in tests]
    assert list(classify(block.ctypes.data)) == wanted


@settings(deadline=None)  # the first call compiles
@given(WORDS, WORDS)
def test_bits_are_scanned_and_products_folded(bits: int, other: int) -> None:
    low, high, count, folded = scan(np.uint64(bits), np.uint64(other))
    assert low == (64 if bits == 0 else (bits & -bits).bit_length() - 1)
    assert high == bits.bit_length() - 1
    assert count == bits.bit_count()
    assert folded == (bits * other >> 64) ^ (bits * other & (2**64 - 1))


@settings(deadline=None)  # the first call compiles
@given(st.binary(min_size=9, max_size=9))
def test_loads_need_no_alignment(data: bytes) -> None:
    block = np.frombuffer(data, np.uint8)
    byte, word = load(block.ctypes.data + 1)
    assert byte == data[1]
    assert word == int.from_bytes(data[1:9], "little")
