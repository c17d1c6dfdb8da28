"""Propagation methods against published values; writes docs/reference/coverage-accuracy.md.

Needs the folder of published values (`--data`, or CANOPY_REAL_DATA). Ends with 1 where a value
lies farther off than its bar, and with `--check` also where the page is not what it would write.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from accuracy import itm, p1812, p2108
from accuracy.cases import Comparison

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "coverage-accuracy.md"
HEAD = """\
<!-- Made by benchmarks/bench_coverage_accuracy.py; edit that, not this page. -->

# Accuracy of the propagation methods

How far what Canopy computes lies from what the authors of each method publish for checking
programs. A *refusal* is a row for which the source gives an error instead of a loss, and Canopy
refuses too. `python3 run.py bench coverage_accuracy --data FOLDER` makes this page anew.

"""
TAIL = """
The other methods have no such sets. The tests hold them to values that are published in single
places or worked by hand, with the source or the arithmetic beside each: 3GPP TR 38.901, ITU-R
P.525, P.526, P.1411 and P.2109, Okumura-Hata and COST 231.

These figures say that the formulas are the published ones. They do not say how near a method comes
to a measured street: that takes [measurements](../how-to/coverage.md).
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=os.environ.get("CANOPY_REAL_DATA"))
    parser.add_argument("--check", action="store_true", help="write nothing, compare the page")
    given = parser.parse_args()
    if given.data is None:
        print("Nothing was compared: --data names no folder of published values")
        return
    vectors = Path(given.data) / "vectors"
    found = [each for part in (p1812, itm, p2108) for each in part.comparisons(vectors)]
    page = HEAD + table(found) + TAIL
    print(table(found))
    missed = [each.method for each in found if not each.is_met]
    if missed:
        sys.exit(f"Farther off than the bar: {'; '.join(missed)}")
    if not given.check:
        PAGE.write_text(page, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != page:
        sys.exit(f"{PAGE.name} is not what was computed: run this without --check")


def table(found: list[Comparison]) -> str:
    """The comparisons in Markdown."""
    lines = ["| method | source | values | refusals | largest difference | bar |"]
    lines.append("|---|---|---|---|---|---|")
    lines += [
        f"| {each.method} | {each.source} | {len(each.cases) - each.refusals} | {each.refusals} "
        f"| {each.worst_db:.3f} dB | {each.bar_db:g} dB |"
        for each in found
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
