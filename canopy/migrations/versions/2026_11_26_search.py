"""Index what assets are searched by, without regard to case.

The collations make order and prefixes the same on both databases. On a GeoPackage a
collation stands in place of `lower`, which other programs' SQLite may define otherwise.
Each index ends in the row number, so that the first few of many equal values (a street's
columns) come in order without a sort.
"""

from __future__ import annotations

from collections.abc import Mapping

from alembic import op

revision = "2026_11_26_search"
down_revision = "2026_11_25_offers"
branch_labels = None
depends_on = None

FOLDED = ("ref", "name", "street")
EXACT = ("postcode", "uprn", "usrn")
_POSTGIS: Mapping[str, str] = {
    **{name: f'lower({name} COLLATE "C")' for name in FOLDED},
    **{name: f'{name} COLLATE "C"' for name in EXACT},
}
_GPKG: Mapping[str, str] = {
    **{name: f"{name} COLLATE NOCASE" for name in FOLDED},
    **{name: name for name in EXACT},
}


def upgrade() -> None:
    written = _GPKG if op.get_bind().dialect.name == "sqlite" else _POSTGIS
    for name, expression in written.items():
        op.execute(
            f"CREATE INDEX ix_asset_search_{name} ON asset ({expression}, fid) "
            f"WHERE {name} IS NOT NULL"
        )


def downgrade() -> None:
    raise RuntimeError("There is no way back from here; restore a backup instead.")
