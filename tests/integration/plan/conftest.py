"""The street that reports and exports of a plan are made of."""

from planned_street import catalogue  # noqa: F401  (a fixture)
