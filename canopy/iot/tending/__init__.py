"""What people decide about readings: quarantine, dead letters, and what was noticed."""
