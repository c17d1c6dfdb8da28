/** Assets by income, void or expiry, over their symbols: each brings its colour and its size. */

import type { ExpressionSpecification, LayerSpecification } from "maplibre-gl";

const COLOUR: ExpressionSpecification = ["get", "colour"];

export function incomeLayers(): LayerSpecification[] {
  return [
    {
      id: "income-line",
      type: "line",
      source: "income",
      filter: ["!=", ["geometry-type"], "Point"],
      paint: { "line-color": COLOUR, "line-width": ["get", "size"] },
    },
    {
      id: "income-point",
      type: "circle",
      source: "income",
      filter: ["==", ["geometry-type"], "Point"],
      paint: {
        "circle-color": COLOUR,
        "circle-radius": ["get", "size"],
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 1.5,
      },
    },
  ];
}
