"""From lists of Python values to Arrow columns."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from canopy.assets.exporters.layout import Field
from canopy.errors import BadAttribute


def column(values: Sequence[object], field: Field) -> pa.Array:
    """`values` as an Arrow array of the field's type; None is null.

    Dates and times may be objects or ISO text. Raises BadAttribute naming the column
    when a value does not fit its type: a value is never changed to make it fit.
    """
    if field.is_json:
        return pa.array([_json_text(value) for value in values], pa.string())
    try:
        if pa.types.is_temporal(field.type) and any(isinstance(value, str) for value in values):
            return pa.array(values, pa.string()).cast(field.type)
        return pa.array(values, field.type)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise BadAttribute(
            f"A value of {field.key} is not of its type ({field.type}): {error}. Correct the "
            "asset, then export again; nothing was written."
        ) from error


def _json_text(value: object) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def columns_of_rows(rows: Sequence[dict[str, object]], fields: Sequence[Field]) -> list[pa.Array]:
    """One column per field from one dict per asset; an absent attribute is null."""
    known = set().union(*rows) if rows else set()
    return [
        column([row.get(field.key) for row in rows], field)
        if field.key in known
        else pa.nulls(len(rows), field.type)
        for field in fields
    ]


def iso_text(array: pa.Array) -> pa.Array:
    """Dates as ``2025-01-31``, times as ``2025-01-31T12:00:00+00:00``; null stays null.

    Microseconds are written where there are any.
    """
    if not pa.types.is_timestamp(array.type):
        return array.cast(pa.string())
    in_utc = array.cast(pa.timestamp("us"))
    texts = pc.strftime(in_utc, format="%Y-%m-%dT%H:%M:%S")
    whole = pc.replace_substring_regex(texts, pattern=r"\.000000$", replacement="")
    return pc.binary_join_element_wise(whole, "+00:00", "")


def finer_than_milliseconds(array: pa.Array) -> int:
    """How many times of a timestamp column a format with millisecond times would cut."""
    whole = array.cast(pa.int64()).drop_null().to_numpy(zero_copy_only=False)
    return int((whole % 1000 != 0).sum())
