"""Py1812 on paths from standard input; runs in the environment where Py1812 is installed."""

from __future__ import annotations

import json
import sys
import time

import numpy as np
from Py1812 import P1812


def main() -> None:
    asked = json.load(sys.stdin)
    tx_m, rx_m = asked["heights_m"]
    delta_n, sea_n0 = asked["air"]
    latitude = asked["latitude_deg"]
    profiles = []
    for distance, ground in asked["paths"]:
        clutter = np.full(len(distance), asked["clutter_m"])
        clutter[[0, -1]] = 0.0
        inland = np.full(len(distance), 4)
        profiles.append((np.array(distance), np.array(ground), clutter, inland))
    started = time.perf_counter()
    losses = [
        float(
            P1812.bt_loss(
                asked["frequency_ghz"], 50.0, *profile, tx_m, rx_m, 2, latitude, latitude, 0.0,
                0.001, DN=delta_n, N0=sea_n0,
            )[0]
        )
        for profile in profiles
    ]  # fmt: skip
    json.dump({"losses_db": losses, "seconds": time.perf_counter() - started}, sys.stdout)


if __name__ == "__main__":
    main()
