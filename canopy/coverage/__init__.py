"""Where radio sites cover and where they do not, by published methods.

Everything here is pure: arrays and small records in, arrays and small records out. No
database, settings, clock or network; the catalogue meets coverage in `canopy.plan`.

Heights, distances and coordinates are metres in a projected CRS; levels are dBm or dB.
Arrays that describe an area have the shape (rows, columns) of their `Grid`, north first.
"""
