/** What the painter reads of a kind, a status and the look of the map. */
interface Kind {
  colour: string;
  path: string;
}
interface Status {
  fill: string;
  outline_dash: number[];
  mark: string;
}
interface Look {
  halo: string;
  text: string;
}

export const SYMBOL_BOX: number;
export function symbolCanvas(
  kind: Kind,
  status: Status,
  look: Look,
  width_px: number,
  size_px: number,
  ratio: number,
): HTMLCanvasElement;
export function patternCanvas(name: string, colour: string, ratio: number): HTMLCanvasElement;
