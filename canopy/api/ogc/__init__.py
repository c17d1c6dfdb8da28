"""OGC API – Features, the reading side: Parts 1 and 2, and Part 3's queryables and filters.

Sources: OGC 17-069r4 (Part 1: Core, 1.0.1), OGC 18-058r1 (Part 2: Coordinate Reference
Systems by Reference, 1.0.1), OGC 19-079r2 (Part 3: Filtering, 1.0).
"""
