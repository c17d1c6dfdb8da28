"""Open Contracting releases (OCDS 1.1): read, made into agreements, and written."""
