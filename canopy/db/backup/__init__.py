"""One file that holds a whole catalogue, and the way back from it.

A backup is a ZIP archive of two members: the catalogue (a GeoPackage, or what ``pg_dump``
writes) and, after it, ``manifest.json``, which says what the first one is and holds. ZIP
because its directory comes last, so that a file that was cut off is seen at once; because
every system can list it; and because Python writes it without another dependency.
"""
