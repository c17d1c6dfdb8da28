/** West, south, east, north [degrees, WGS 84]. */
export type Box = [west: number, south: number, east: number, north: number];

/** Where the base map is drawn finely, and what is shown of a catalogue without positions. */
export const BRITAIN_AND_IRELAND: Box = [-16, 47, 6, 63];

/** The smallest box around all of them; null for none. */
export function union(boxes: Box[]): Box | null {
  const [first, ...rest] = boxes;
  if (first === undefined) return null;
  return rest.reduce<Box>(
    (all, box) => [
      Math.min(all[0], box[0]),
      Math.min(all[1], box[1]),
      Math.max(all[2], box[2]),
      Math.max(all[3], box[3]),
    ],
    first,
  );
}
