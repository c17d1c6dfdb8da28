"""Which worker follows Sparkplug B's edge nodes.

A node's births, its sequence and its aliases make sense only to a reader of all its messages, and a
shared subscription gives each worker some of them. So the first of several workers has a
subscription of its own to the nodes' topics, and what comes of them by the shared one is
acknowledged and passed over.
"""

from __future__ import annotations

from canopy.iot.payloads.sparkplug.decoding import NAMESPACE

TOPICS = f"{NAMESPACE}/"
"""Below a gateway's own name, topics of nodes begin so."""
_FILTERS = (f"canopy/gateways/+/{NAMESPACE}/#", f"{NAMESPACE}/#")


def filters_of(wanted: list[str]) -> list[str]:
    """The topic filters of nodes, within those that are read."""
    both = (shared_by(each.split("/"), own.split("/")) for each in wanted for own in _FILTERS)
    return list(dict.fromkeys("/".join(each) for each in both if each))


def shared_by(one: list[str], other: list[str]) -> list[str] | None:
    """The filter, in levels, of the topics that fit both; None where none does."""
    found: list[str] = []
    for at in range(max(len(one), len(other))):
        if one[at : at + 1] == ["#"]:
            return found + other[at:]
        if other[at : at + 1] == ["#"]:
            return found + one[at:]
        if at >= len(one) or at >= len(other):
            return None
        if one[at] == "+" or one[at] == other[at]:
            found.append(other[at])
        elif other[at] == "+":
            found.append(one[at])
        else:
            return None
    return found
