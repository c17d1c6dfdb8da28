"""Public pages about what is sensed, without login and without script."""
