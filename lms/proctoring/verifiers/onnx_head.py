"""Cut the last steps off a net in an ONNX file and read their tables, so that they can be computed more cheaply.

Only what is needed of the file's format is read here. Source: Protocol Buffers, encoding; ONNX, onnx.proto (ModelProto.graph 7;
GraphProto.node 1, initializer 5, output 12; NodeProto.output 2; TensorProto.dims 1, data_type 2, float_data 4, name 8, raw_data 9).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CutNet", "cut", "dequantised"]

GRAPH = 7
NODE, INITIALIZER, OUTPUT = 1, 5, 12
NODE_OUTPUT, OUTPUT_NAME = 2, 1
DIMS, DATA_TYPE, FLOATS, NAME, RAW = 1, 2, 4, 8, 9
#: What numbers of a table are, by ONNX's data type.
TYPES = {1: "<f4", 2: "u1", 3: "i1", 6: "<i4", 7: "<i8"}


@dataclass(frozen=True, slots=True)
class CutNet:
    """A net that ends earlier, and the tables that were only needed behind its new end."""

    model: bytes
    tables: dict[str, NDArray[Any]]


def cut(model: bytes, end: str, behind: Set[str]) -> CutNet:
    """Return the net up to the value ``end``, without the steps that make the values ``behind`` and their tables.

    A table belongs to a step when its name begins with that of a value behind the end, and so does a value in between.
    """
    whole = list(_fields(model))
    graph = next(value for number, _raw, value in whole if number == GRAPH)
    kept, tables = [], {}
    for number, raw, value in _fields(graph):
        if number == NODE and all(made.startswith(tuple(behind)) for made in _texts(value, NODE_OUTPUT)):
            continue
        if number == INITIALIZER and _name(value).startswith(tuple(behind)):
            tables[_name(value)] = _table(value)
        elif number == OUTPUT:
            rest = [raw for number, raw, _value in _fields(value) if number != OUTPUT_NAME]
            kept.append(_field(OUTPUT, b"".join([_field(OUTPUT_NAME, end.encode()), *rest])))
        else:
            kept.append(raw)
    new = b"".join(kept)
    parts = [_field(GRAPH, new) if number == GRAPH else raw for number, raw, _value in whole]
    return CutNet(b"".join(parts), tables)


def dequantised(tables: Mapping[str, NDArray[Any]], name: str) -> NDArray[np.float32]:
    """Return the numbers of a table that is stored as small integers, each row's blocks with a scale of their own."""
    import numpy as np

    small, scales = tables[f"{name}_quantized"], tables[f"{name}_scales"]
    zeros, size = tables[f"{name}_zero_point"], small.shape[-1] // scales.shape[-1]
    blocks = small.reshape(*scales.shape, size).astype(np.float32)
    blocks -= zeros[..., None]
    blocks *= scales[..., None]
    return blocks.reshape(small.shape)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return a number and where the next thing begins."""
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def _fields(data: bytes) -> Iterator[tuple[int, bytes, Any]]:
    """Yield each field's number, its bytes as they stand, and its value."""
    at = 0
    while at < len(data):
        begin = at
        key, at = _varint(data, at)
        value: Any
        if key & 7 == 0:
            value, at = _varint(data, at)
        else:
            length, at = _varint(data, at) if key & 7 == 2 else ({1: 8, 5: 4}[key & 7], at)
            value, at = data[at : at + length], at + length
        yield key >> 3, data[begin:at], value


def _field(number: int, value: bytes) -> bytes:
    """Return bytes as a field."""
    return _number(number << 3 | 2) + _number(len(value)) + value


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _texts(message: bytes, number: int) -> set[str]:
    return {value.decode() for found, _raw, value in _fields(message) if found == number}


def _name(tensor: bytes) -> str:
    return "".join(_texts(tensor, NAME))


def _table(tensor: bytes) -> NDArray[Any]:
    """Return a tensor's numbers in its shape."""
    import numpy as np

    fields = [(number, value) for number, _raw, value in _fields(tensor)]
    parts = dict(fields)
    shape = [int(value) for number, value in fields if number == DIMS]
    return np.frombuffer(parts[RAW if RAW in parts else FLOATS], TYPES[parts[DATA_TYPE]]).reshape(shape)
