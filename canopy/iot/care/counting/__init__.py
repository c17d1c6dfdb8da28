"""Numbers that sources give their messages: which are missing, and who is silent."""
