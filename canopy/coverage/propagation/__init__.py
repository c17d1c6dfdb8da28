"""Published propagation methods, one file or folder each."""
