"""What a principal may see: one policy, applied on every way out of the catalogue."""

from canopy.assets.policy.sensitivity import SensitivityPolicy

__all__ = ["SensitivityPolicy"]
