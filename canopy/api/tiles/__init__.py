"""OGC API - Tiles: vector tiles of every collection, as far as a principal sees it."""
