"""The parts of a report, one module for each subject. Pure: material in, blocks out."""
