/** Marks on the map: the place that was asked about, and a path with what is in its way. Pure. */

import type { Feature, Position } from "geojson";
import type { PathAnswer } from "./service.ts";
import type { Place, Sight } from "./state.ts";

export interface PathMarks {
  sight: Sight;
  /** Null until it is known what is in the way. */
  answer: PathAnswer | null;
}

export function marksOf(place: Place | null, path: PathMarks | null): Feature[] {
  const features = path ? pathFeatures(path) : [];
  if (place) features.push(feature({ type: "Point", coordinates: position(place) }, {}));
  return features;
}

function pathFeatures({ sight, answer }: PathMarks): Feature[] {
  const [from, to] = [position(sight.from), position(sight.to)];
  const line = (ends: Position[], inTheWay: boolean): Feature =>
    feature({ type: "LineString", coordinates: ends }, { inTheWay });
  const stretches = (answer?.obstructions ?? []).map(({ from_m, to_m }) => {
    const length = answer?.length_m ?? 1;
    return line([between(from, to, from_m / length), between(from, to, to_m / length)], true);
  });
  return [
    line([from, to], false),
    ...stretches,
    feature({ type: "Point", coordinates: from }, { label: "A" }),
    feature({ type: "Point", coordinates: to }, { label: "B" }),
  ];
}

/** A place on the way; straight on the screen, which paths of some kilometres are. */
function between(from: Position, to: Position, share: number): Position {
  const [x0 = 0, y0 = 0] = from;
  const [x1 = 0, y1 = 0] = to;
  return [x0 + (x1 - x0) * share, y0 + (y1 - y0) * share];
}

function position({ lon, lat }: Place): Position {
  return [lon, lat];
}

function feature(geometry: Feature["geometry"], properties: Feature["properties"]): Feature {
  return { type: "Feature", geometry, properties };
}
