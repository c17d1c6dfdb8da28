"""Files into the catalogue: stage the rows, match them with what is known, write the changes."""
