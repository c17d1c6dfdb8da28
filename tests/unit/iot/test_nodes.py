"""Of several workers one follows Sparkplug's nodes, on the topics that are read."""

from __future__ import annotations

import pytest

from canopy.iot.ingest.nodes import filters_of

OF_GATEWAYS = "canopy/gateways/+/spBv1.0/#"


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("canopy/gateways/#", [OF_GATEWAYS]),
        ("#", [OF_GATEWAYS, "spBv1.0/#"]),
        ("canopy/gateways/yard/#", ["canopy/gateways/yard/spBv1.0/#"]),
        ("canopy/gateways/+/+/g/NDATA/+", ["canopy/gateways/+/spBv1.0/g/NDATA/+"]),
        ("canopy/gateways/+/senml/#", []),
        ("canopy/gateways/+", []),
        ("spBv1.0/+/+/n", ["spBv1.0/+/+/n"]),
    ],
)
def test_nodes_are_followed_within_what_is_read(wanted: str, expected: list[str]) -> None:
    """The topics that fit both filters."""
    assert filters_of([wanted]) == expected
