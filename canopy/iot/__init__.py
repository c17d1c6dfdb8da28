"""Readings of sensors: what gateways publish, and what becomes of it.

`payloads` is pure: bytes and a topic in, readings or a reason out. It knows no broker, database,
settings or clock; the moment of arrival is an argument.
"""
