"""What must be remembered between messages: births, and where each sequence stands."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from canopy.iot.payloads.unreadable import Unreadable

Key = tuple[str, str]
"""Device (empty for the node itself) and name of a metric."""


class Born(msgspec.Struct, frozen=True):
    """A metric as its birth declared it."""

    device: str
    name: str
    datatype: int
    unit: str = ""


class Node:
    """One edge node: its metrics by name and by alias, and its next sequence number."""

    def __init__(self) -> None:
        self.by_name: dict[Key, Born] = {}
        self.by_alias: dict[int, Born] = {}
        self.next_seq: int | None = None

    def forget(self, device: str) -> None:
        """Drops the metrics of a device that is dead or born anew."""
        self.by_name = {key: born for key, born in self.by_name.items() if key[0] != device}
        self.by_alias = {
            alias: born for alias, born in self.by_alias.items() if born.device != device
        }


class SparkplugState:
    """The births of all edge nodes that one reader follows; not shared between threads.

    Of more than `nodes` edge nodes, the one not heard of for longest is forgotten: its data
    then waits for its next birth. A node has at most `metrics` metrics with its devices.
    """

    def __init__(self, nodes: int = 1_000, metrics: int = 10_000) -> None:
        self._most_nodes = nodes
        self._most_metrics = metrics
        self._nodes: OrderedDict[str, Node] = OrderedDict()

    def node(self, name: str) -> Node | None:
        """A node that was born."""
        found = self._nodes.get(name)
        if found is not None:
            self._nodes.move_to_end(name)
        return found

    def born(self, name: str) -> Node:
        """A node born now: whatever was known of it and its devices is void."""
        self._nodes[name] = node = Node()
        self._nodes.move_to_end(name)
        if len(self._nodes) > self._most_nodes:
            self._nodes.popitem(last=False)
        return node

    def died(self, name: str) -> None:
        """Forgets a node with its devices."""
        self._nodes.pop(name, None)

    def declare(self, node: Node, born: Born, alias: int | None) -> None:
        """Remembers a metric of a birth."""
        if len(node.by_name) >= self._most_metrics:
            raise Unreadable("too-many", f"more than {self._most_metrics:,} metrics of a node")
        if alias is not None:
            if alias in node.by_alias:
                raise Unreadable("contradiction", f"alias {alias} is given twice")
            node.by_alias[alias] = born
        node.by_name[born.device, born.name] = born
