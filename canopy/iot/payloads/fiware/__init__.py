"""Entities of FIWARE's Smart Data Models, in NGSI-LD and NGSI v2."""
