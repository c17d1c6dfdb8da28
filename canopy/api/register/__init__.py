"""The register of agreements over HTTP."""
