"""What an agreement says: the one definition of its fields, read from TOML and checked."""
