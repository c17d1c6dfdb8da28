"""Raw rows of one file into candidates for the catalogue, by its mapping.

Works a batch at a time and column by column. Every row ends as a candidate or as one
reject with its reason; what was repaired or left unknown is a warning.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import shapely
from numpy.typing import NDArray

from canopy.assets.batches import CandidateBatch
from canopy.assets.importers.base import RawBatch, RowIssue, SourceTable
from canopy.assets.kinds import KINDS, Kind
from canopy.assets.mapping.area import Area
from canopy.assets.mapping.arrays import unknown_mask
from canopy.assets.mapping.attributes import AttributeReader
from canopy.assets.mapping.constancy import Constancy
from canopy.assets.mapping.corrections import GEOMETRY, Corrected, Corrections
from canopy.assets.mapping.faults import Faults
from canopy.assets.mapping.fields import FieldReader
from canopy.assets.mapping.fitting import check_targets, constant_values, settled_crs
from canopy.assets.mapping.kind_column import KindReader
from canopy.assets.mapping.mixing import GeometryMix
from canopy.assets.mapping.model import Mapping, Scalar
from canopy.assets.mapping.pairs import check_source, main_source
from canopy.assets.mapping.parts import fit_type
from canopy.assets.mapping.placing import PointPlacer
from canopy.assets.mapping.rows import (
    candidates_of,
    check_heights,
    either,
    is_totals_row,
    told_value,
    told_values,
    type_ids,
)
from canopy.assets.mapping.second_pairs import Agreement, Checks
from canopy.assets.mapping.shapes import ShapePlacer
from canopy.assets.mapping.targets import targets_for
from canopy.assets.mapping.values import as_text
from canopy.errors import BadMapping
from canopy.geo import Transformation, crs_name, transformer


@dataclass(slots=True)
class NormalisedBatch:
    """`candidates` and `rejects` together account for every row of the raw batch.

    `rejects` has one issue per row; `HARMLESS_REJECTS` tells which of them do not stand
    in the way of an all-or-nothing import.
    """

    candidates: CandidateBatch
    rejects: list[RowIssue] = field(default_factory=list)
    warnings: list[RowIssue] = field(default_factory=list)


class Normaliser:
    """Applies `mapping` to the batches of `table`, once, in order.

    storage_crs: the projected CRS of the catalogue.
    declared_crs: what the user says the position's CRS is (``--crs``); it wins
    over the mapping, which wins over what the file declares.

    Raises BadMapping when the mapping does not fit the table, UnknownCrs when nothing
    says which CRS the positions are in.
    """

    FATAL: ClassVar[frozenset[str]] = frozenset({"refuse-constant-coordinates"})
    """Codes of `finish` that mean the file must not be imported."""

    def __init__(
        self,
        mapping: Mapping,
        table: SourceTable,
        storage_crs: str,
        declared_crs: str | None = None,
    ) -> None:
        self.mapping = mapping
        rule = mapping.geometry
        if rule is None:
            raise BadMapping(
                f"{table.path.name}: nothing says where positions come from; name the columns "
                "under [geometry] in the mapping."
            )
        chosen = mapping.fit(table.columns, table.path.name)
        self._kinds = KindReader(mapping, chosen, table.path.name)
        targets = targets_for(self._kinds.possible)
        check_targets(mapping, targets, table.columns)
        self.source_crs = crs_name(settled_crs(rule, table, declared_crs))
        area = self._area = Area.of(crs_name(storage_crs))
        checks = [check_source(check, rule, chosen) for check in rule.check]
        self._points: PointPlacer | None = None
        self._shapes: ShapePlacer | None = None
        self._shape_checks: Checks | None = None
        if rule.feature or rule.wkt:
            wkt = chosen[rule.wkt] if rule.wkt else None
            self._shapes = ShapePlacer(self.source_crs, wkt, area, exchanged=rule.exchanged)
            self._shape_checks = Checks(wkt or "the geometry", checks, area)
        else:
            self._points = PointPlacer(main_source(rule, self.source_crs, chosen), checks, area)
        self._corrections = Corrections(mapping.corrections)
        self._constancy = Constancy(same_place=rule.same_place)
        self._mix = GeometryMix()
        self._readers = {
            name: FieldReader(targets[name], column_rule, chosen[column_rule.columns])
            for name, column_rule in mapping.columns.items()
        }
        self._constants = constant_values(mapping, targets)
        self._attributes = AttributeReader(
            [target for target in targets.values() if target.is_attribute]
        )
        self._targets = targets

    @property
    def transformation(self) -> Transformation:
        """How positions go from the file's CRS to the storage CRS."""
        return transformer(self.source_crs, self._area.crs).transformation

    @property
    def agreements(self) -> list[Agreement]:
        """How well second pairs of coordinates agreed with the positions so far."""
        if self._points is not None:
            return self._points.agreements
        return self._shape_checks.agreements if self._shape_checks is not None else []

    def batch(self, raw: RawBatch) -> NormalisedBatch:
        """Candidates, rejects and warnings of one batch; `raw.rejects` are not repeated."""
        faults = Faults(raw.row_numbers)
        corrected = self._corrections.apply(raw, faults)
        columns = corrected.columns
        kinds = self._kinds.read(columns, len(raw), faults)
        geometries = self._place(raw, corrected, faults)
        geometries = self._fit_types(geometries, kinds, faults)
        values = self._values(corrected, len(raw), faults)
        if len(self._kinds.possible) > 1:
            check_heights(kinds, values.get("height_m"), faults)
        attributes = self._attributes.read(kinds, values, len(raw), faults)
        rejects = self._told_blank(raw, faults)
        kept = faults.kept(len(raw))
        candidates = candidates_of(raw, kept, kinds, values, attributes, geometries)
        self._constancy.add(candidates.geometries)
        self._mix.add(candidates)
        self._warn_stretched(candidates, faults)
        return NormalisedBatch(candidates, rejects, faults.warnings)

    def finish(self) -> list[RowIssue]:
        """Findings about the whole file, after the last batch; see `FATAL`."""
        return self._constancy.issues() + self._mix.issues() + self._corrections.unused()

    def _place(self, raw: RawBatch, corrected: Corrected, faults: Faults) -> NDArray[np.object_]:
        if self._points is not None:
            return self._points.place(corrected.columns, faults)
        assert self._shapes is not None
        source = self._shapes.source_geometries(corrected.columns, raw.geometries, len(raw), faults)
        given = corrected.targets.pop(GEOMETRY, {})
        if given:
            source = source.copy()
            source[list(given)] = shapely.from_wkt([as_text(v) for v in given.values()])
        stored = self._shapes.place(source, faults)
        if self._shape_checks is not None and self._shape_checks.agreements:
            second = self._shape_checks.read(corrected.columns, faults)
            self._shape_checks.compare(shapely.get_x(stored), shapely.get_y(stored), second, faults)
        return stored

    def _fit_types(
        self, geometries: NDArray[np.object_], kinds: Sequence[str], faults: Faults
    ) -> NDArray[np.object_]:
        """Refuse geometry types that a row's kind does not have; open multi-parts of one."""
        types = shapely.get_type_id(geometries)
        allowed_ids = {kind: type_ids(KINDS[Kind(kind)].geometry) for kind in set(kinds) if kind}
        if len(allowed_ids) == 1:
            (only,) = allowed_ids.values()
            wrong = np.flatnonzero((types >= 0) & ~np.isin(types, only)).tolist()
        else:
            wrong = [
                i for i, kind in enumerate(kinds)
                if kind and types[i] >= 0 and types[i] not in allowed_ids[kind]
            ]  # fmt: skip
        for index in wrong:
            if faults.is_rejected(index) or not kinds[index]:
                continue
            allowed = KINDS[Kind(kinds[index])].geometry
            fitted = fit_type(geometries[index], allowed)
            if fitted is None:
                faults.reject(
                    index,
                    "wrong-geometry-type",
                    f"A {kinds[index]} is drawn as {either(allowed)}, not as "
                    f"{geometries[index].geom_type}; import these rows as another kind, or "
                    "draw them again.",
                )
            else:
                geometries[index] = fitted
        return geometries

    def _values(self, corrected: Corrected, count: int, faults: Faults) -> dict[str, list[object]]:
        """Every target that the file sets, row by row, None where unknown."""
        values: dict[str, list[object]] = {}
        for name, reader in self._readers.items():
            assert reader.column is not None
            read = reader.read_column(corrected.columns[reader.column])
            values[name] = told_values(read, reader.column, faults)
        for name, constant in self._constants.items():
            values[name] = [constant] * count
        for name, given in corrected.targets.items():
            self._override(name, given, values, count, faults)
        return values

    def _override(
        self,
        name: str,
        given: MappingOf[int, Scalar],
        values: dict[str, list[object]],
        count: int,
        faults: Faults,
    ) -> None:
        reader = FieldReader(self._targets[name], None, None)
        column = list(values.get(name) or [None] * count)
        for index, value in given.items():
            column[index] = told_value(reader.read_given(value), index, name, faults)
        values[name] = column

    def _warn_stretched(self, candidates: CandidateBatch, faults: Faults) -> None:
        """Positions accepted beyond the area for which the storage CRS is meant."""
        bounds = shapely.bounds(candidates.geometries)
        if not len(bounds):
            return
        beyond = self._area.is_stretched(bounds[:, 0], bounds[:, 1])
        beyond |= self._area.is_stretched(bounds[:, 2], bounds[:, 3])
        faults.warnings += [
            RowIssue(
                candidates.row_numbers[index],
                "beyond-crs-area",
                f"The position lies beyond the area for which {self._area.crs} is meant; lengths "
                "and areas measured there are a little out.",
            )
            for index in np.flatnonzero(beyond).tolist()
        ]

    def _told_blank(self, raw: RawBatch, faults: Faults) -> list[RowIssue]:
        """The rejects, blank rows and totals being called so and nothing else."""
        rejects = faults.rejected()
        absent = [
            issue.row for issue in rejects if issue.code in ("missing-coordinates",
                                                             "missing-geometry", "unknown-kind")
        ]  # fmt: skip
        if not absent:
            return rejects
        position = {row: index for index, row in enumerate(raw.row_numbers)}
        rows = np.array([position[row] for row in absent if row is not None], dtype=np.intp)
        mask = unknown_mask(list(raw.columns.values()), rows)
        if raw.geometries is not None:
            mask &= shapely.is_missing(raw.geometries[rows])
        blank = {raw.row_numbers[row] for row in rows[mask].tolist()}
        totals = {raw.row_numbers[row] for row in rows.tolist() if is_totals_row(raw.columns, row)}
        return [
            RowIssue(issue.row, "blank-row", "The row is blank.") if issue.row in blank else
            RowIssue(issue.row, "totals-row", "The row holds totals and no asset.")
            if issue.row in totals else issue
            for issue in rejects
        ]  # fmt: skip
