"""Nodes of an Open Fibre Data Standard network as candidate sites.

The standard (0.3) is about fibre: of a `tower` it says where it stands and whose it is, not
what radiates from it. So a node becomes a candidate on which one technology is put, its
radio attributes assumed and named. Nodes of other types are counted, not taken; in many
published networks no node has a type at all, and then the caller must ask for every node.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from canopy.coverage.sites.rows import RowTally
from canopy.coverage.sites.site import RadioSite
from canopy.coverage.sites.site_csv import SitesRead
from canopy.coverage.sites.technologies import technology
from canopy.coverage.sites.technology import SiteClass
from canopy.errors import BadSource, LimitExceeded
from canopy.geo import BRITISH_NATIONAL_GRID, WGS84, transformer

MAX_BYTES = 100_000_000

RADIO_NODE_TYPES = frozenset({"tower"})
"""Codes of the nodeType codelist that stand for something antennas are put on."""

ASSUMED = ("antenna_height_m", "frequency_mhz", "bandwidth_mhz", "eirp_dbm")


def read_ofds_candidates(
    path: Path,
    technology_id: str,
    operator: str,
    *,
    node_types: frozenset[str] | None = RADIO_NODE_TYPES,
    site_class: SiteClass = "macro",
    crs: str = BRITISH_NATIONAL_GRID,
) -> SitesRead:
    """Candidate sites at the nodes of an OFDS file, JSON or GeoJSON.

    technology_id, operator: what is put on each. node_types: types taken, None for every
    node. In the report a row is a node's position among the file's nodes, from 1.

    BadSource when the file is no OFDS file or has no node that can be taken.
    """
    chosen = technology(technology_id)
    taken = chosen.defaults(site_class)
    tally = RowTally()
    nodes = list(_nodes(path))
    places: list[tuple[int, str, float, float]] = []
    for number, node in enumerate(nodes, start=1):
        if node_types is not None and not node_types & _types(node):
            tally.reject(number, "type", f"not of type {', '.join(sorted(node_types))}")
            continue
        point, name = _point(node), node.get("id")
        if point is None or not isinstance(name, str) or not name:
            tally.reject(number, "location" if point is None else "id", "missing or malformed")
            continue
        places.append((number, name, *point))
    change = transformer(WGS84, crs)
    x, y = change.xy(
        np.array([place[2] for place in places], dtype=np.float64),
        np.array([place[3] for place in places], dtype=np.float64),
    )
    sites = []
    for (number, name, *_), easting, northing in zip(places, x.tolist(), y.tolist(), strict=True):
        if not (math.isfinite(easting) and math.isfinite(northing)):
            tally.reject(number, "location", f"outside the area of {crs}")
            continue
        sites.append(
            RadioSite(
                site_id=name,
                operator=operator,
                technology=chosen.technology_id,
                easting_m=easting,
                northing_m=northing,
                antenna_height_m=taken.antenna_height_m,
                frequency_mhz=chosen.frequency_mhz,
                bandwidth_mhz=chosen.bandwidth_mhz,
                eirp_dbm=taken.eirp_dbm,
                source="ofds",
                assumed=ASSUMED,
            )
        )
    if not sites:
        why = tally.first[0].reason if tally.first else "it has none"
        raise BadSource(f"{path.name}: none of its {len(nodes)} nodes is a candidate: {why}")
    told = change.transformation.sentence()
    return SitesRead(tuple(sites), len(nodes), tally.told(), tuple(tally.first), told)


def _nodes(path: Path) -> Iterator[Mapping[str, object]]:
    """The nodes of a network package, of one network, or of a GeoJSON feature collection."""
    document = _document(path)
    features = document.get("features")
    if isinstance(features, list):
        for feature in features:
            members = feature.get("properties") if isinstance(feature, dict) else None
            if isinstance(members, dict) and members.get("featureType", "node") == "node":
                yield {**members, "location": feature.get("geometry")}
        return
    networks = document.get("networks", [document])
    found = False
    for network in networks if isinstance(networks, list) else []:
        nodes = network.get("nodes") if isinstance(network, dict) else None
        if isinstance(nodes, list):
            found = True
            yield from (node for node in nodes if isinstance(node, dict))
    if not found:
        raise BadSource(f"{path.name} has neither OFDS networks with nodes nor GeoJSON features")


def _document(path: Path) -> Mapping[str, object]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise LimitExceeded(f"{path.name} is larger than {MAX_BYTES:,} bytes; split it")
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BadSource(f"{path.name} is no JSON: {error}") from error
    except OSError as error:
        raise BadSource(f"{path.name} cannot be read: {error.strerror}") from error
    if not isinstance(document, dict):
        raise BadSource(f"{path.name} is JSON, but no OFDS network or GeoJSON features")
    return document


def _types(node: Mapping[str, object]) -> frozenset[str]:
    told = node.get("type")
    if isinstance(told, str):
        return frozenset({told})
    if isinstance(told, list):
        return frozenset(each for each in told if isinstance(each, str))
    return frozenset()


def _point(node: Mapping[str, object]) -> tuple[float, float] | None:
    location = node.get("location")
    if not isinstance(location, dict) or location.get("type") != "Point":
        return None
    pair = location.get("coordinates")
    if not isinstance(pair, list) or len(pair) not in (2, 3):
        return None
    longitude, latitude = pair[:2]
    for value, most in ((longitude, 180.0), (latitude, 90.0)):
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= most:
            return None
    return float(longitude), float(latitude)
