"""Heights of the ground, and of what stands on it."""
