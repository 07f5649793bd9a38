"""TensorBoard event files with scalars.

A file is a sequence of TFRecords (length, its checksum, data, its checksum); each contains an
`Event` encoded as a protocol buffer (tensorflow/core/util/event.proto).
"""

from __future__ import annotations

import itertools
import os
import socket
import struct
import time

_numbers = itertools.count()  # numbers this process's files


class EventFile:
    """A new event file in a folder, which is created if needed.

    Each event is written immediately; TensorBoard reads a truncated file up to its last complete
    event.
    """

    def __init__(self, folder: str) -> None:
        os.makedirs(folder, exist_ok=True)
        now = time.time()
        name = f"{int(now):010d}.{socket.gethostname()}.{os.getpid()}.{next(_numbers)}"
        path = os.path.join(folder, f"events.out.tfevents.{name}.v2")
        self._file = open(path, "ab", buffering=0)  # noqa: SIM115 - closed by close
        self._write(_double(1, now) + _bytes(3, b"brain.Event:2"))

    def scalar(self, tag: str, value: float, step: int) -> None:
        """Adds a value to the curve `tag`."""
        summary = _bytes(1, _bytes(1, tag.encode()) + b"\x15" + struct.pack("<f", value))
        self._write(_double(1, time.time()) + b"\x10" + _varint(step) + _bytes(5, summary))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _write(self, event: bytes) -> None:
        length = struct.pack("<Q", len(event))
        self._file.write(length + _checksum(length) + event + _checksum(event))


def _varint(number: int) -> bytes:
    encoded = bytearray()
    while number > 127:
        encoded.append(number & 127 | 128)
        number >>= 7
    return bytes([*encoded, number])


def _double(field: int, value: float) -> bytes:
    return _varint(field << 3 | 1) + struct.pack("<d", value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _crc32c_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


_TABLE = _crc32c_table()


def _checksum(data: bytes) -> bytes:
    """The CRC-32C (Castagnoli) checksum, masked as in TFRecords."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = _TABLE[(crc ^ byte) & 255] ^ crc >> 8
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)
