"""A plan as files that planners and finance officers open in programs of their own."""
