"""Looking at what came since the last time, and noting what that raises and clears."""
