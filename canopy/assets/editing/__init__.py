"""Changes made one asset at a time: by an officer, or by another program on the file."""
