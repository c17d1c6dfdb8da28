// The licences of the packages whose code ends up in the browser.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const MODULES = fileURLToPath(new URL("../node_modules", import.meta.url));
const NATURAL_EARTH = "Base map: Natural Earth, public domain (naturalearthdata.com), through\n";

interface Manifest {
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
}

/** MapLibre and all it depends on, one after the other, and the source of the base map. */
export function licences(): string {
  const names = [...closure("maplibre-gl")].sort();
  return `${NATURAL_EARTH}${[...names, "world-atlas"].map(notice).join("\n")}`;
}

function closure(name: string, seen: Set<string> = new Set()): Set<string> {
  if (seen.has(name) || name.startsWith("@types/")) return seen;
  seen.add(name);
  for (const each of Object.keys(manifest(name).dependencies ?? {})) closure(each, seen);
  return seen;
}

function manifest(name: string): Manifest {
  return JSON.parse(readFileSync(join(MODULES, name, "package.json"), "utf-8")) as Manifest;
}

function notice(name: string): string {
  const folder = join(MODULES, name);
  const { version, license } = manifest(name);
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const path = file === undefined ? "" : join(folder, file);
  const text = existsSync(path) ? readFileSync(path, "utf-8").trim() : "";
  return `${"=".repeat(72)}\n${name} ${version} (${license ?? "see below"})\n\n${text}\n`;
}
