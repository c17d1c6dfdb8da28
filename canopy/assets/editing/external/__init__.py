"""What other programs write to the GeoPackage: read, judged, then kept or put back."""
