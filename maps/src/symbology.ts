/** How assets look: the files that the printed map reads too (canopy/render/symbology). */

import kindsFile from "@symbology/kinds.json";
import mapFile from "@symbology/map.json";
import statusesFile from "@symbology/statuses.json";

export interface KindLook {
  kind: string;
  order: number;
  label: string;
  label_plural: string;
  legend: string;
  colour: string;
  shape: string;
  path: string;
  size_px: number;
  line: { width_px: number; style: string };
  area: { fill_opacity: number; pattern: string };
}

export interface StatusLook {
  status: string | null;
  order: number;
  label: string;
  legend: string;
  fill: string;
  outline_dash: number[];
  mark: string;
  line_dash: number[];
}

const byOrder = (a: { order: number }, b: { order: number }): number => a.order - b.order;

/** In draw order, lowest first. */
export const KINDS: readonly KindLook[] = [...kindsFile.kinds].sort(byOrder);
export const KIND_NAMES: readonly string[] = KINDS.map(({ kind }) => kind);
export const STATUSES: readonly StatusLook[] = [...statusesFile.statuses].sort(byOrder);
export const THEME = mapFile;

/** What stands for the status that is not known, where only text can. */
export const UNKNOWN = "unknown";

const looks = new Map(KINDS.map((look) => [look.kind, look]));

export function kindLabel(kind: string): string {
  return looks.get(kind)?.label ?? kind;
}

export function statusLabel(status: string | null | undefined): string {
  const known = STATUSES.find((each) => each.status === (status ?? null));
  return known?.label ?? String(status);
}
