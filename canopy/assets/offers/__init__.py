"""Offers: what makes an asset available is a record of its own, never implied by its status."""
