"""Alarms on readings.

`rule` says what a rule may be, `hours`, `machine`, `memory` and `judging` decide whether it raises
an alarm: pure, with times as arguments. The others keep rules and alarms, and tell people.
"""
