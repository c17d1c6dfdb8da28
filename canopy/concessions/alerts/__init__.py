"""What must be done about agreements, and by when: warnings in time."""
