/** Where tiles of values are asked for: the app's own protocol, which paints them. Pure. */

export const PROTOCOL = "canopy-coverage";
export const TILE_PX = 512;

export interface Drawn {
  run: string;
  layer: string;
  operator: string | null;
  minus: string | null;
}

export function tilesOf({ run, layer, operator, minus }: Drawn): string {
  const query = new URLSearchParams({ f: "values", size: String(TILE_PX) });
  if (operator !== null) query.set("operator", operator);
  if (minus !== null) query.set("minus", minus);
  return `${PROTOCOL}://${run}/tiles/${layer}/{z}/{y}/{x}?${query}`;
}
