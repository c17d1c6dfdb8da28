"""Column names of ten characters that a person can still read.

The shorter names of common columns are chosen by hand; an attribute's is made from its
own name and its kind's other names only, whatever is exported and for whom, so that a
name never changes from one export to the next.
"""

from __future__ import annotations

from collections.abc import Sequence

from canopy.assets.batches import GENERALISED_COLUMN

LONGEST = 10

_CHOSEN = {
    "availability": "available",
    "backhaul_type": "bkhl_type",
    "backhaul_dist_m": "bkhl_dis_m",
    "designations": "designatns",
    "sensitivity": "sensitivty",
    "pos_accuracy_m": "pos_acc_m",
    "observed_on": "observd_on",
    "withdrawn_at": "withdrn_at",
    GENERALISED_COLUMN: "pos_gen_m",
}

_UNITS = frozenset(
    {"m", "mm", "cm", "km", "m2", "m3", "w", "kw", "kg", "a", "v", "y", "l", "kn", "knm", "pct",
     "on", "at", "deg", "dbm", "mhz", "ghz", "kpa", "lx", "lm", "u", "id", "no"}
)  # fmt: skip
"""Last words that a short name keeps whole: what is measured in what stays readable."""


def short_names(names: Sequence[str]) -> dict[str, str]:
    """A name of at most ten characters for each of `names`, all different.

    Vowels inside words go first, then the ends of the longest words; of two that would
    be the same, the later in order gets a number.
    """
    taken: set[str] = set()
    result = {}
    for name in names:
        short = _CHOSEN.get(name) or _shortened(name)
        number = 2
        while short in taken:
            tail = str(number)
            short = _shortened(name)[: LONGEST - len(tail)] + tail
            number += 1
        taken.add(short)
        result[name] = short
    return result


def _shortened(name: str) -> str:
    if len(name) <= LONGEST:
        return name
    words = name.split("_")
    unit = [words.pop()] if len(words) > 1 and words[-1] in _UNITS else []
    words = [word[0] + "".join(c for c in word[1:] if c not in "aeiou") for word in words if word]
    room = LONGEST - sum(len(word) + 1 for word in unit)
    while len("_".join(words)) > room:
        longest = max(range(len(words)), key=lambda i: len(words[i]))
        if len(words[longest]) <= 1:
            words.pop()
        else:
            words[longest] = words[longest][:-1]
    return "_".join([*words, *unit])
