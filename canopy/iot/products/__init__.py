"""Data products: sets of streams, summed up and published under a licence or for a price."""
