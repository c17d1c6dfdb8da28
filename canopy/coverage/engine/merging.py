"""The layers of a run while its parts come in, and what is told across operators.

Every cell is merged by itself, so a part is merged as it comes: what is held of it are the
layers that a run answers, and nothing of what they were made from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from canopy.coverage.compiled import ONE_AT_A_TIME
from canopy.coverage.engine.finish_kernel import throughput
from canopy.coverage.engine.holding import Held, in_memory
from canopy.coverage.engine.parts import Part, PartAnswer
from canopy.coverage.engine.preparing import Prepared
from canopy.coverage.result import CoverageResult, OperatorLayers
from canopy.coverage.validity import Validity


class Across(NamedTuple):
    """The layers across operators; see `canopy.coverage.result.CoverageResult`."""

    rsrp_dbm: NDArray[np.float32]
    server: NDArray[np.int32]
    second_server: NDArray[np.int32]
    margin_db: NDArray[np.float32]
    sinr_db: NDArray[np.float32]
    operators_above: NDArray[np.uint8]
    servers_above: NDArray[np.uint16]
    throughput_mbps: NDArray[np.float32]
    probability: NDArray[np.float32]
    flag: NDArray[np.uint8]


_ACROSS = (
    np.float32, np.int32, np.int32, np.float32, np.float32,
    np.uint8, np.uint16, np.float32, np.float32, np.uint8,
)  # fmt: skip
"""Types of the layers of `Across`."""
_BY_OPERATOR = (np.float32, np.int32, np.float32, np.float32)
"""Types of those of `canopy.coverage.result.OperatorLayers`."""


def layer_bytes(prepared: Prepared) -> int:
    """What all layers of a run take [bytes]: 32 a cell, and 16 for each operator."""
    rows, columns = prepared.grid.shape
    each = sum(np.dtype(one).itemsize for one in _ACROSS)
    each += len(prepared.operators) * sum(np.dtype(one).itemsize for one in _BY_OPERATOR)
    return rows * columns * each


@dataclass(frozen=True, slots=True, eq=False)
class Layers:
    """The arrays of a whole run while its parts come in."""

    prepared: Prepared
    across: Across
    by_operator: dict[str, OperatorLayers]

    @classmethod
    def empty(cls, prepared: Prepared, held: Held = in_memory) -> Layers:
        """Layers whose values are not set until each part has come in."""
        shape = prepared.grid.shape
        return cls(
            prepared,
            Across(*(held(shape, each) for each in _ACROSS)),
            {
                operator: OperatorLayers(*(held(shape, each) for each in _BY_OPERATOR))
                for operator in prepared.operators
            },
        )

    def put(self, part: Part, answer: PartAnswer) -> None:
        """Merge a part's answer, and write it in its place."""
        outside = ~self.prepared.mask(part)
        across = merge(self.prepared, answer, outside)
        for name, values in across._asdict().items():
            getattr(self.across, name)[part.place] = values
        for operator, layers in self.by_operator.items():
            own = answer.by_operator[operator]
            layers.rsrp_dbm[part.place] = np.where(outside, np.float32(np.nan), own.first_dbm)
            layers.server[part.place] = own.first
            layers.sinr_db[part.place] = own.told.sinr_db
            layers.probability[part.place] = own.told.probability

    def result(self) -> CoverageResult:
        """The answer, once every part has come in."""
        problem = self.prepared.problem
        return CoverageResult(
            grid=problem.grid,
            technology=problem.budget.technology,
            site_ids=tuple(site.site_id for site in problem.sites),
            operators=self.prepared.operators,
            threshold_dbm=problem.budget.threshold_dbm,
            **self.across._asdict(),
            by_operator=self.by_operator,
            indicative=any(site.estimated for site in problem.sites),
            provenance=dict(self.prepared.provenance),
        )


def merge(prepared: Prepared, part: PartAnswer, outside: NDArray[np.bool_]) -> Across:
    """What is told across operators over a part.

    outside: cells that are not asked for.
    """
    threshold = np.float32(prepared.problem.budget.threshold_dbm)
    shape = outside.shape
    first = np.full(shape, -1, np.int32)
    second = np.full(shape, -1, np.int32)
    first_dbm = np.full(shape, -np.inf, np.float32)
    second_dbm = np.full(shape, -np.inf, np.float32)
    sinr = np.full(shape, -np.inf, np.float32)
    probability = np.zeros(shape, np.float32)
    flag = np.full(shape, Validity.IN_RANGE, np.uint8)
    operators_above = np.zeros(shape, np.uint8)
    servers_above = np.zeros(shape, np.uint16)
    unknown = np.zeros(shape, np.bool_)
    for answer in part.by_operator.values():
        level = answer.first_dbm
        unknown |= np.isnan(level)
        with np.errstate(invalid="ignore"):
            operators_above += level >= threshold
            leads = level > first_dbm
        servers_above += answer.above
        for candidate, candidate_dbm in (
            (np.where(leads, first, answer.first), np.where(leads, first_dbm, level)),
            (answer.second, answer.second_dbm),
        ):
            with np.errstate(invalid="ignore"):
                next_best = candidate_dbm > second_dbm
            second = np.where(next_best, candidate, second)
            second_dbm = np.where(next_best, candidate_dbm, second_dbm)
        first = np.where(leads, answer.first, first)
        first_dbm = np.where(leads, level, first_dbm)
        sinr = np.where(leads, answer.told.sinr_db, sinr)
        probability = np.where(leads, answer.told.probability, probability)
        flag = np.where(leads, answer.told.flag, flag)
    # An unknown operator could be stronger than those known, unless one covers already.
    unknown &= ~(first_dbm >= threshold)
    for layer in (first_dbm, sinr, probability):
        layer[unknown | outside] = np.nan
    first[unknown | outside] = -1
    flag[unknown] = Validity.UNKNOWN
    flag[outside] = Validity.OUTSIDE
    with np.errstate(invalid="ignore"):
        margin = first_dbm - second_dbm
    margin[np.isneginf(first_dbm)] = np.nan
    mbps = np.empty(shape, np.float32)
    with ONE_AT_A_TIME:
        throughput(mbps, sinr, prepared.service)
    return Across(
        first_dbm,
        first,
        second,
        margin,
        sinr,
        operators_above,
        servers_above,
        mbps,
        probability,
        flag,
    )
