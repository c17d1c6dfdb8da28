/** Colours of coverage by the shared symbology, as tables from a tile's numbers to pixels. Pure. */

import difference_db from "@symbology/coverage/difference_db.json";
import flag from "@symbology/coverage/flag.json";
import margin_db from "@symbology/coverage/margin_db.json";
import operator_probability from "@symbology/coverage/operator_probability.json";
import operator_rsrp_dbm from "@symbology/coverage/operator_rsrp_dbm.json";
import operators_above from "@symbology/coverage/operators_above.json";
import probability from "@symbology/coverage/probability.json";
import rsrp_dbm from "@symbology/coverage/rsrp_dbm.json";
import servers_above from "@symbology/coverage/servers_above.json";
import sinr_db from "@symbology/coverage/sinr_db.json";
import spot from "@symbology/coverage/spot.json";
import throughput_mbps from "@symbology/coverage/throughput_mbps.json";
import type { Scale } from "./service.ts";

interface Entry {
  at?: number | null;
  colour: string | null;
  label: string;
}

export interface Ramp {
  layer: string;
  title: string;
  unit: string;
  mode: string;
  steps: Entry[];
  none: Entry;
  unknown: Entry;
}

const RAMPS: readonly Ramp[] = [
  difference_db,
  flag,
  margin_db,
  operator_probability,
  operator_rsrp_dbm,
  operators_above,
  probability,
  rsrp_dbm,
  servers_above,
  sinr_db,
  throughput_mbps,
];

/** The look of a change between two runs. */
export const CHANGE = "difference_db";
export const NUMBERS = 65_536;

/** What is not known is drawn in this colour on every layer: blank is for what is hidden. */
export const UNKNOWN_COLOUR = spot.unknown.colour;

export const SPOT_LOOKS: Record<
  "total" | "partial" | "unknown",
  { colour: string; label: string }
> = {
  total: { colour: spotStep(1), label: "Total: no operator covers" },
  partial: { colour: spotStep(2), label: "Partial: some operators do, some do not" },
  unknown: { colour: spot.unknown.colour, label: "Not known: an input is missing" },
};

/** The class of a place, in words. */
export const STATUS_WORDS: Record<string, string> = {
  total: "Total not-spot: no operator covers",
  partial: "Partial not-spot: some operators cover, some do not",
  full: "All operators cover",
  at_least_one: "At least one operator covers, others are not known",
  unknown: "Not known: an input is missing",
};

function spotStep(code: number): string {
  return spot.steps.find(({ at }) => at === code)?.colour ?? spot.unknown.colour;
}

/** The look of a layer; null for one that has none here. */
export function rampOf(layer: string): Ramp | null {
  return RAMPS.find((ramp) => ramp.layer === layer) ?? null;
}

/**
 * A colour for each number of a tile, as the bytes of a canvas have it: red in the lowest.
 *
 * Values below `shownFrom` are transparent; so is what lies beyond the area, and where no
 * site reaches.
 */
export function pixelTable(
  ramp: Ramp,
  scale: Scale,
  shownFrom: number | null,
): Uint32Array<ArrayBuffer> {
  const table = new Uint32Array(NUMBERS);
  table[scale.unknown] = pixel(UNKNOWN_COLOUR);
  const steps = ramp.steps.map(({ at, colour }) => ({
    from: at ?? Number.NEGATIVE_INFINITY,
    pixel: pixel(colour),
  }));
  let at = 0;
  for (let number = scale.first; number < NUMBERS; number++) {
    const value = scale.offset + (number - scale.first) * scale.step;
    while ((steps[at + 1]?.from ?? Number.POSITIVE_INFINITY) <= value) at += 1;
    if (shownFrom !== null && value < shownFrom) continue;
    const step = steps[at];
    const isHeld = ramp.mode === "steps" || step?.from === value;
    table[number] = step && isHeld ? step.pixel : 0;
  }
  return table;
}

/** The pixels of a tile's numbers by a table of colours. */
export function painted(
  numbers: Uint16Array,
  colours: Uint32Array,
): Uint8ClampedArray<ArrayBuffer> {
  const pixels = new Uint32Array(numbers.length);
  for (let at = 0; at < numbers.length; at++) pixels[at] = colours[numbers[at] ?? 0] ?? 0;
  return new Uint8ClampedArray(pixels.buffer);
}

export interface LegendLine {
  colour: string | null;
  label: string;
  /** Its values lie below the threshold, wholly. */
  isHidden: boolean;
}

/** The legend, best first; then what is left blank and what is not known. */
export function legend(ramp: Ramp, shownFrom: number | null): LegendLine[] {
  const lines = ramp.steps.map(({ colour, label }, index) => {
    const end = ramp.steps[index + 1]?.at ?? Number.POSITIVE_INFINITY;
    const isHidden = ramp.mode === "steps" && shownFrom !== null && end <= shownFrom;
    return { colour, label, isHidden };
  });
  if (ramp.mode === "steps") lines.reverse();
  const { none, unknown } = ramp;
  if (none.label) lines.push({ colour: none.colour, label: none.label, isHidden: false });
  if (unknown.label) lines.push({ colour: UNKNOWN_COLOUR, label: unknown.label, isHidden: false });
  return lines;
}

function pixel(colour: string | null): number {
  if (colour === null) return 0;
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  return ((255 << 24) | ((blue ?? 0) << 16) | ((green ?? 0) << 8) | (red ?? 0)) >>> 0;
}
