"""Alarms on readings.

`rule` and `conditions` say what a rule may be; `hours`, `machine`, `memory` and `judging` decide
whether it raises an alarm: pure, with times as arguments. The others keep rules and alarms, and
tell people.
"""
