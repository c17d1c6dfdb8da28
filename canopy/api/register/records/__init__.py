"""What the register holds beside terms, over HTTP."""
