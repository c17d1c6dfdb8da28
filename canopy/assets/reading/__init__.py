"""The catalogue as one principal may see it: selections, past states, history."""
