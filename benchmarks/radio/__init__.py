"""The parts of the benchmark of coverage that are more than a problem and a clock."""
