"""What agreements are worth, over HTTP."""
