"""Uplinks and other events of LoRaWAN network servers."""
