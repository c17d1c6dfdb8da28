"""The register: agreements as they are kept, with every change, and what happened to them."""
