/** West, south, east, north [degrees, WGS 84]. */
export type Box = [west: number, south: number, east: number, north: number];

/** Where the base map is drawn finely, and what is shown of a catalogue without positions. */
export const BRITAIN_AND_IRELAND: Box = [-16, 47, 6, 63];
