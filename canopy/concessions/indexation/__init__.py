"""How charges follow a price index: series, scenarios, rules and the factors they give."""
