"""Where the subjects meet: coverage of a council's own assets, and what is planned with it."""
