"""Exact arithmetic of dates: months, notice, breaks, working days and financial years."""
