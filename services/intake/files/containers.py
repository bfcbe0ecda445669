"""How much a container (ZIP) says that it holds, before its directory is read."""

from __future__ import annotations

import struct

MOST_PARTS = 10_000
"""So many parts no document has."""
_MOST_BYTES = 2 * 2**20
"""Of the directory, which is read by its size, whatever number of parts is told."""
_END = struct.Struct("<4s4H2LH")
_END_BEGINS, _ZIP64_BEGINS = b"PK\x05\x06", b"PK\x06\x07"
_ZIP64_BYTES = 20
TAIL_BYTES = _END.size + 65_535 + _ZIP64_BYTES
"""In so many bytes at its end stands where a container's directory is, and how long."""


def may_be_read(tail: bytes) -> bool:
    """Whether the directory may be read; `tail` is the end of the container.

    ZIP64 is for what is larger than anything that is taken: nothing of it is believed.
    """
    at = tail.rfind(_END_BEGINS)
    if at < 0 or len(tail) < at + _END.size:
        return False
    if tail[max(at - _ZIP64_BYTES, 0) : at].startswith(_ZIP64_BEGINS):
        return False
    _, _, _, _, count, size, _, _ = _END.unpack_from(tail, at)
    return bool(count <= MOST_PARTS and size <= _MOST_BYTES)
