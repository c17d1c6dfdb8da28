"""One commercial model: every agreement and every new site in one cash flow by financial year."""
