"""The plan as a document that a committee can approve: gathered, composed, then drawn by render."""
