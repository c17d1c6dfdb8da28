"""The HTTP service: routes translate between requests and the subjects below."""
