"""Pages of assets as a principal may see them, in an order that writes do not disturb."""

from canopy.assets.reading.paging.cutting import Page, RowCutter
from canopy.assets.reading.paging.pages import PageReader, PageRequest
from canopy.assets.reading.paging.place import BoxArea
from canopy.assets.reading.paging.tokens import PageKey, SortKey, read_token, write_token

__all__ = [
    "BoxArea",
    "Page",
    "PageKey",
    "PageReader",
    "PageRequest",
    "RowCutter",
    "SortKey",
    "read_token",
    "write_token",
]
