"""Who was told of which alert, and the calendar feed."""
