"""What a plan is worth to business, residents and visitors: formula, range and source."""
