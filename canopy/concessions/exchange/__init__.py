"""Agreements from registers and Open Contracting releases, and back. No database."""
