"""What of the catalogue is on offer, beside what is let."""
