"""What is done to readings after they were stored, again and again."""
