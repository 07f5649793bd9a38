"""Texts of variable length in HDF5 attributes, looked at before the HDF5 library reads them.

A file has such a text in a heap, and in the attribute a reference to it: its length, the heap's
address, its number there. The library makes as much memory as the length says and believes the
heap, so that a few bytes could fill the memory, or overwrite it. So the references are compared
with the heaps first, in the file's bytes.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Iterator
from typing import Any

_HEAP = b"GCOL\x01\0\0\0"  # a heap's first bytes; its size and its texts follow

_TEXTS = 9  # the class of types of variable length


class Texts:
    """Those of a file.

    Args:
        data: the file's bytes.
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._lengths: dict[tuple[str, int], dict[int, int]] = {}
        self._heaps: dict[int, dict[int, int]] = {}

    def length(self, name: str, attribute: Any, count: int) -> int:
        """The bytes of an attribute's texts together.

        Whatever in the file looks like an attribute of this name and number of texts is taken for
        it, as layers have attributes of the same name: the most that one of them has.

        Raises:
            ValueError: if a reference is not that of a text, or the attribute is nowhere.
        """
        step = attribute.get_storage_size() // count
        if (name, step) not in self._lengths:
            lengths: dict[int, int] = {}
            left = len(self.data)
            for place, number in self._places(name.encode() + b"\0"):
                left -= step * number
                if left < 0:
                    raise ValueError(f"attributes {name!r} are larger than the file")
                most = sum(self._text(place + step * i, step) for i in range(number))
                lengths[number] = max(most, lengths.get(number, 0))
            self._lengths[name, step] = lengths
        if count not in self._lengths[name, step]:
            raise ValueError(f"attribute {name!r} is not in its place")
        return self._lengths[name, step][count]

    def _places(self, name: bytes) -> Iterator[tuple[int, int]]:
        """Where the texts of attributes of this name begin, and how many they are.

        An attribute is a version, the sizes of its name, type and extent, then these and its
        values; in version 1, each fills a multiple of 8 bytes.
        """
        at = self.data.find(name)
        while at >= 0:
            for before, versions, unit in ((8, (1,), 8), (8, (2,), 1), (9, (3,), 1)):
                start = at - before
                if start >= 0 and self.data[start] in versions:
                    sizes = struct.unpack_from("<HHH", self.data, start + 2)
                    kind, extent, values = list(
                        itertools.accumulate(
                            (-(-size // unit) * unit for size in sizes), initial=at
                        )
                    )[1:]
                    if sizes[0] == len(name) and self.data[kind] & 15 == _TEXTS:
                        yield values, self._count(extent)
            at = self.data.find(name, at + 1)

    def _count(self, extent: int) -> int:
        """The product of the axes that an extent has."""
        version, axes = self.data[extent], self.data[extent + 1]
        first = extent + (8 if version == 1 else 4)
        return math.prod(struct.unpack_from(f"<{axes}Q", self.data, first))

    def _text(self, place: int, step: int) -> int:
        """The length of the text that a reference leads to."""
        reference = self.data[place : place + step]
        if step <= 8 or len(reference) != step:
            raise ValueError("a text is not in its place")
        length = int.from_bytes(reference[:4], "little")
        address = int.from_bytes(reference[4:-4], "little")
        number = int.from_bytes(reference[-4:], "little")
        if length and self._heap(address).get(number) != length:
            raise ValueError(f"a text of {length} bytes is not in its place")
        return length

    def _heap(self, address: int) -> dict[int, int]:
        """The lengths of a heap's texts by their numbers."""
        if address not in self._heaps:
            lengths: dict[int, int] = {}
            if self.data[address : address + 8] == _HEAP:
                (size,) = struct.unpack_from("<Q", self.data, address + 8)
                end = min(address + size, len(self.data))
                at = address + 16
                while at + 16 <= end:
                    number, _, _, length = struct.unpack_from("<HHIQ", self.data, at)
                    if not number:
                        break
                    lengths.setdefault(number, length)
                    at += 16 + -(-length // 8) * 8
            self._heaps[address] = lengths
        return self._heaps[address]
