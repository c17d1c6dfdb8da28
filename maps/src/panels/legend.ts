/** The legend, which is the layer switch too. */

import type { App } from "../app.ts";
import { button, el, on } from "../dom.ts";
import { legendSymbol } from "../icons.ts";
import type { Page } from "../page.ts";
import { KIND_NAMES, KINDS, STATUSES } from "../symbology.ts";

export function addLegend({ store }: App, page: Page): void {
  const boxes = new Map<string, HTMLInputElement>();
  const setKinds = (kinds: readonly string[]): void => {
    store.set({ filter: { ...store.state.filter, kinds } });
  };
  const read = (): void => {
    setKinds(KIND_NAMES.filter((kind) => boxes.get(kind)?.checked));
  };
  const rows = [...KINDS].reverse().map((kind) => {
    const box = on(el("input", { type: "checkbox", id: `layer-${kind.kind}` }), { change: read });
    boxes.set(kind.kind, box);
    const name = el("span", {}, kind.label_plural);
    return el("li", {}, el("label", {}, box, legendSymbol(kind, STATUSES[0]), name));
  });
  const both = el(
    "div",
    { class: "both" },
    button("Show all", () => setKinds(KIND_NAMES)),
    button("Hide all", () => setKinds([])),
  );
  const show = (): void => {
    for (const [kind, box] of boxes) box.checked = store.state.filter.kinds.includes(kind);
  };
  show();
  store.subscribe(show);
  page.side.append(
    el("fieldset", { class: "layers" }, el("legend", {}, "Layers"), both, el("ul", {}, ...rows)),
    statusKey(),
  );
}

/** What the fillings of the symbols mean, on one kind's shape. */
function statusKey(): HTMLElement {
  const shape = KINDS.find(({ kind }) => kind === "lamppost") ?? KINDS[0];
  const rows = STATUSES.map((status) =>
    el("li", {}, shape ? legendSymbol(shape, status) : null, el("span", {}, status.label)),
  );
  const summary = el("summary", {}, "What the symbols say");
  return el("details", { class: "key" }, summary, el("ul", {}, ...rows));
}
