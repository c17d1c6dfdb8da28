"""Reads a map file back in Python, from the description of its format alone."""

from __future__ import annotations

import base64
import json
import re
import uuid
import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass
class ReadMap:
    """The data of a map file: one dict per asset, and its vertices as (lon, lat) degrees."""

    head: dict[str, Any]
    assets: list[dict[str, Any]]
    roles: list[int]
    vertices: list[list[tuple[float, float]]]


def read_map(html: str) -> ReadMap:
    """Take the data out of a page."""
    found = re.search(r'id="canopy-data">([A-Za-z0-9+/=]*)</script>', html)
    assert found
    block = zlib.decompress(base64.b64decode(found[1]))
    length = int.from_bytes(block[:4], "little")
    head = json.loads(block[4 : 4 + length])
    binary = block[4 + length :]
    read = ReadMap(head, [], [], [])
    for section in head["kinds"]:
        _read_kind(section, binary, read)
    return read


def _integers(binary: bytes, section: list[int]) -> list[int]:
    offset, count, width, delta = section
    planes = np.frombuffer(binary, np.uint8, count * width, offset).reshape(width, count)
    numbers = [
        sum(int(plane[i]) << (8 * p) for p, plane in enumerate(planes)) for i in range(count)
    ]
    if not delta:
        return numbers
    total, summed = 0, []
    for number in numbers:
        total += (number >> 1) ^ -(number & 1)
        total = (total + 2**31) % 2**32 - 2**31
        summed.append(total)
    return summed


def _read_kind(section: dict[str, Any], binary: bytes, read: ReadMap) -> None:
    assets: list[dict[str, Any]] = [{"kind": section["kind"]} for _ in range(section["rows"])]
    for column in section["columns"]:
        if "uuids" in column:
            for row, asset in enumerate(assets):
                start = column["uuids"] + 16 * row
                asset[column["name"]] = str(uuid.UUID(bytes=binary[start : start + 16]))
            continue
        for asset, code in zip(assets, _integers(binary, column["rows"]), strict=True):
            if code:
                asset[column["name"]] = column["values"][code - 1]
    shapes = {name: _integers(binary, part) for name, part in section["shapes"].items()}
    part = vertex = 0
    for row in range(section["rows"]):
        vertices = []
        for _ in range(shapes["parts"][row]):
            for _ in range(shapes["vertices"][part]):
                vertices.append((shapes["lon"][vertex] / 1e7, shapes["lat"][vertex] / 1e7))
                vertex += 1
            part += 1
        read.vertices.append(vertices)
    read.roles += shapes["roles"]
    read.assets += assets
