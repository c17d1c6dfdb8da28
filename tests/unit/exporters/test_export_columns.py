"""Names, types and batches of the tables that formats are given."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from export_assets import BNG, assets

from canopy.assets.batches import COMMON_COLUMNS, GENERALISED_COLUMN
from canopy.assets.exporters.audience import view_of
from canopy.assets.exporters.dbf_names import short_names
from canopy.assets.exporters.layout import Field, attribute_columns, merged, union
from canopy.assets.exporters.spool import Spool
from canopy.assets.kinds import KINDS, AttributeField
from canopy.geo import transformer


def test_attribute_with_a_taken_name_gets_a_prefix() -> None:
    """An attribute called like a common column is written as ``attr_<name>``."""
    (field,) = attribute_columns({"owner": AttributeField("owner", "text", "Whose")})
    assert (field.key, field.label) == ("owner", "attr_owner")


def test_same_attribute_of_two_kinds_shares_a_column() -> None:
    """Equal name and type is one column in a table of all kinds."""
    width = Field("width_m", "width_m", pa.float64(), is_attribute=True)
    fields = merged(union([("duct", (width,)), ("chamber", (width,))]))
    assert [field.label for field in fields] == ["width_m"]


def test_attributes_of_unlike_types_are_told_apart_by_kind() -> None:
    """Equal name but unlike type is two columns, each called after its kind."""
    number = Field("width", "width", pa.float64(), is_attribute=True)
    text = Field("width", "width", pa.string(), is_attribute=True)
    fields = merged(union([("duct", (number,)), ("chamber", (text,))]))
    assert [field.label for field in fields] == ["duct_width", "chamber_width"]


@pytest.mark.parametrize("kind", KINDS)
def test_short_names_are_short_unique_and_kept(kind: str) -> None:
    """Every column of every kind has a name of its own of at most ten characters."""
    view = view_of("admin")(str(kind))
    names = [*COMMON_COLUMNS, GENERALISED_COLUMN, *view.every_attribute]
    short = short_names(names)
    assert len(set(short.values())) == len(names)
    assert max(map(len, short.values())) <= 10
    assert {name: short[name] for name in names if len(name) <= 10} == {
        name: name for name in names if len(name) <= 10
    }


def test_short_names_that_would_be_equal_are_numbered() -> None:
    """The later of two names that shorten alike gets a number."""
    assert short_names(["abcdefghijkl", "abcdefghijkm", "abcdefghijkn"]) == {
        "abcdefghijkl": "abcdfghjkl",
        "abcdefghijkm": "abcdfghjkm",
        "abcdefghijkn": "abcdfghjkn",
    }
    assert list(short_names(["abcdefghijklm", "abcdefghijklx"]).values()) == [
        "abcdfghjkl",
        "abcdfghjk2",
    ]


def test_spooled_assets_come_back_in_order_in_even_batches(tmp_path: Path) -> None:
    """Whatever the batches put in, those taken out have the size asked for."""
    with Spool(tmp_path, transformer(BNG, BNG), view_of("admin")) as spool:
        for size in (3, 1, 4):
            spool.add(assets([None] * size, ref=[f"{size}-{i}" for i in range(size)]))
        (table,) = spool.finish()
    batches = [batch.column("ref").to_pylist() for batch in table.batches(rows=3)]
    assert batches == [["3-0", "3-1", "3-2"], ["1-0", "4-0", "4-1"], ["4-2", "4-3"]]
