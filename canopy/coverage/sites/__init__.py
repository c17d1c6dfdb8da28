"""Radio sites: what transmits, from where, and how it was learnt."""
