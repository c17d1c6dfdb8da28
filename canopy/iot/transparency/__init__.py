"""What the public is told of each Thing: what it senses, why, by what right, for how long."""
