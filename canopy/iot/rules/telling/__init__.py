"""Telling people and programs of alarms: by mail, by webhook, by MQTT."""
