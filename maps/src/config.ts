/** What this deployment says of its map (`explore/config.json`). */

export interface XyzBaseMap {
  url: string;
  attribution: string;
  max_zoom: number;
}

export interface Config {
  title: string;
  attribution: string;
  base_map: XyzBaseMap | null;
  /** Geometry types by kind. */
  geometries: Record<string, string[]>;
  /** Names of the wards, in order. */
  wards: string[];
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch(new URL("config.json", document.baseURI));
  if (!answer.ok) throw new Error(`The map's settings cannot be read (${answer.status}).`);
  return (await answer.json()) as Config;
}
