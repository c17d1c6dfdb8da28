import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { defineConfig, type Plugin } from "vite";
import { baseMap } from "./build/basemap.ts";
import { licences } from "./build/licences.ts";

const LEAST_PACKED_BYTES = 1_000;
const BASE_MAP = "virtual:base-map";

/** Makes the base map a file of its own, named by its hash; the import gives its address. */
function offlineBaseMap(): Plugin {
  const text = JSON.stringify(baseMap());
  const name = `assets/base-map-${createHash("sha256").update(text).digest("hex").slice(0, 8)}.json`;
  return {
    name: "offline-base-map",
    resolveId: (id) => (id === BASE_MAP ? `\0${BASE_MAP}` : undefined),
    load(id) {
      if (id !== `\0${BASE_MAP}`) return undefined;
      return `export default ${JSON.stringify(name)};`;
    },
    generateBundle() {
      this.emitFile({ type: "asset", fileName: name, source: text });
    },
  };
}

/** The licences of what is bundled go where the bundle goes. */
function licenceFile(): Plugin {
  return {
    name: "licence-file",
    generateBundle() {
      this.emitFile({ type: "asset", fileName: "licences.txt", source: licences() });
    },
  };
}

/** Packs the large files once, here, so that no request has to. */
function packed(): Plugin {
  return {
    name: "packed",
    writeBundle({ dir = "" }) {
      for (const name of readdirSync(join(dir, "assets"))) {
        const path = join(dir, "assets", name);
        if (statSync(path).size < LEAST_PACKED_BYTES) continue;
        writeFileSync(`${path}.gz`, gzipSync(readFileSync(path), { level: 9 }));
      }
    },
  };
}

export default defineConfig({
  base: "./",
  plugins: [offlineBaseMap(), licenceFile(), packed()],
  resolve: {
    alias: {
      "@symbology": fileURLToPath(new URL("../canopy/render/symbology", import.meta.url)),
    },
  },
  server: { fs: { allow: [".."] } },
  worker: { format: "es" },
  build: {
    outDir: "../canopy/_web",
    emptyOutDir: true,
    target: "es2023",
    chunkSizeWarningLimit: 1200,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: { input: ["index.html", "agreements.html", "things.html"] },
  },
});
