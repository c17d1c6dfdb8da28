"""How early alerts are given, by a deployment's settings."""

from __future__ import annotations

from canopy.concessions.alerts.alert import COMING, LeadTimes
from canopy.settings import Settings


def lead_times(settings: Settings) -> LeadTimes:
    """The lead time of each kind of alert, and what a decision and a notice take."""
    months = {kind: getattr(settings, f"alert_{kind.replace('-', '_')}_months") for kind in COMING}
    return LeadTimes(months, settings.alert_decision_days, settings.alert_service_working_days)
