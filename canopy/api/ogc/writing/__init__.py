"""Writes of OGC API – Features, Part 4 (draft): create, replace, update and withdraw."""
