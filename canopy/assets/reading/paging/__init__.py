"""Pages of assets as a principal may see them, in an order that writes do not disturb."""

from canopy.assets.reading.paging.pages import Page, PageReader, PageRequest
from canopy.assets.reading.paging.place import BoxArea
from canopy.assets.reading.paging.tokens import PageKey, SortKey, read_token, write_token

__all__ = [
    "BoxArea",
    "Page",
    "PageKey",
    "PageReader",
    "PageRequest",
    "SortKey",
    "read_token",
    "write_token",
]
