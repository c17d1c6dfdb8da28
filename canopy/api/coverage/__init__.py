"""Coverage over HTTP: runs asked for, followed and read."""
