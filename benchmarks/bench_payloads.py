"""How fast messages of sensors are decoded, on one core.

    python benchmarks/bench_payloads.py [--runs 5] [--seconds 0.5]

Messages of the usual size of each format, from bytes to readings, and SenML packs of 50. Medians
are printed, by time of the processor, and beside them what the standard library takes to parse the
same JSON into objects and nothing more. Each message of Sparkplug B is decoded with a birth of four
metrics before it.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import cbor2

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests/unit/iot/payloads"))

from payload_bodies import DECODERS, SAMPLES  # genuine messages, as the tests have them

from canopy.iot.payloads.reading import Decoded

BAR_READINGS_S = 200_000
"""SenML packs of 50: about twice what PostgreSQL takes in with ON CONFLICT."""
PACK = 50
FIELDS = {"n": 0, "u": 1, "v": 2, "t": 6, "bn": -2, "bt": -3, "bu": -4}


def pack(records: int) -> list[dict[str, object]]:
    """A pack of one device with a record each second."""
    first: dict[str, object] = {"bn": "urn:dev:ow:10e2073a01080063:", "bt": 1_600_000_000}
    made: list[dict[str, object]] = [
        {"n": "level", "u": "m", "t": at, "v": 0.25 + at / 64} for at in range(records)
    ]
    return [first | made[0], *made[1:]]


def rate(decode: Callable[[bytes], object], body: bytes, seconds: float, runs: int) -> float:
    """Messages a second of the processor: the median of `runs`."""
    decode(body)
    found = []
    for _ in range(runs):
        done, began = 0, time.process_time()
        while (passed := time.process_time() - began) < seconds:
            for _ in range(20):
                decode(body)
            done += 20
        found.append(done / passed)
    return statistics.median(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.5)
    given = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    coded = [{FIELDS[name]: value for name, value in each.items()} for each in pack(PACK)]
    cases = [
        *((name, DECODERS[name], SAMPLES[name][0]) for name in sorted(DECODERS)),
        (f"senml-json of {PACK}", DECODERS["senml-json"], json.dumps(pack(PACK)).encode()),
        (f"senml-cbor of {PACK}", DECODERS["senml-cbor"], cbor2.dumps(coded)),
    ]
    for name, decode, body in cases:
        outcome = decode(body)
        if not isinstance(outcome, Decoded):
            raise SystemExit(f"{name} cannot be decoded: {outcome.reason}")
        messages_s = rate(decode, body, given.seconds, given.runs)
        readings_s = messages_s * len(outcome.readings)
        bar = f", bar {BAR_READINGS_S:,}" if "of 50" in name else ""
        alone = ""
        if body[:1] in b"[{":
            alone = f"; json alone {rate(json.loads, body, given.seconds, 1):,.0f} messages/s"
        print(
            f"{name}: {messages_s:,.0f} messages/s of {len(body):,} bytes, "
            f"{readings_s:,.0f} readings/s{bar}{alone}"
        )


if __name__ == "__main__":
    main()
