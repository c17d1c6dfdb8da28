"""Energy of meters: intervals, differences of register reads, and their sums by tariff band.

The functions take plain records, wherever they come from: a file of readings, or a stream of
them. Nothing that a meter did not tell is taken as zero.
"""
