"""From messages to rows: which stream, whether it can be believed, and one commit for many."""
