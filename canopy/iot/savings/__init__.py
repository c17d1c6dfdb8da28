"""What sensing saves, in pounds, by formulas whose inputs have sources."""
