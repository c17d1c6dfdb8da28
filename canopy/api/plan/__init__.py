"""The plan over HTTP: which assets suit which technology, and what to find out first."""
