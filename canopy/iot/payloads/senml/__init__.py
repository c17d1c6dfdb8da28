"""Sensor Measurement Lists (RFC 8428): JSON and CBOR packs, resolved alike."""
