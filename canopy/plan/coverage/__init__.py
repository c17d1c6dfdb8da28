"""Coverage runs: what is asked, what is read for it, and what comes out."""
