/** The page's frame: header, side panel, map, details, table. */

import { announce, announcerElement, button, el, on } from "./dom.ts";

export interface Page {
  header: HTMLElement;
  /** Buttons of the header. */
  tools: HTMLElement;
  side: HTMLElement;
  /** Show the side panel, where it is hidden. */
  openSide: () => void;
  map: HTMLElement;
  details: HTMLElement;
  table: HTMLElement;
  /** What a coverage run says of a place, in the room of the details. */
  place: HTMLElement;
  /** A Thing and its newest values, in the room of the details. */
  thing: HTMLElement;
  /** Tables and path profiles of a coverage run, in the room of the table. */
  below: HTMLElement;
  /** Bars over the map: measuring, editing. */
  bars: HTMLElement;
  say: (text: string, tone?: "info" | "error") => void;
}

const NARROW = "(max-width: 45rem)";

export function makePage(title: string): Page {
  document.title = `${title}: map`;
  const tools = el("div", { class: "tools", role: "group", "aria-label": "Tools" });
  const header = el("header", {}, el("h1", {}, title), tools);
  const side = el("aside", { id: "side", class: "side", "aria-label": "Layers and filters" });
  const map = el("div", { id: "map", class: "map" });
  const bars = el("div", { class: "bars" });
  const messages = el("div", { class: "messages" });
  const details = el("section", {
    id: "details",
    class: "details",
    "aria-label": "Chosen asset",
    tabindex: "-1",
    hidden: true,
  });
  const table = el("section", {
    id: "table",
    class: "table-panel",
    "aria-label": "Assets in view as a table",
    tabindex: "-1",
    hidden: true,
  });
  const place = el("section", {
    id: "place",
    class: "details",
    "aria-label": "Coverage at a place",
    tabindex: "-1",
    hidden: true,
  });
  const thing = el("section", {
    id: "thing",
    class: "details",
    "aria-label": "Chosen Thing",
    tabindex: "-1",
    hidden: true,
  });
  const below = el("section", {
    id: "coverage-below",
    class: "table-panel",
    "aria-label": "Coverage: tables and path profiles",
    tabindex: "-1",
    hidden: true,
  });
  const stage = el("div", { class: "stage" }, map, bars, messages);
  const main = el("main", {}, side, stage, details, place, thing, table, below);
  // Taken away before the map is made, which measures the room that the frame leaves it.
  document.querySelector("#loading")?.remove();
  document.body.append(skipLink(table), header, main, announcerElement());
  const [toggle, openSide] = sideSwitch(side);
  tools.append(toggle);
  const say = (text: string, tone: "info" | "error" = "info"): void => {
    showMessage(messages, text, tone);
  };
  return { header, tools, side, openSide, map, details, table, place, thing, below, bars, say };
}

/** The first stop of the keyboard: the same assets without the map. */
function skipLink(table: HTMLElement): HTMLElement {
  const link = el("a", { class: "skip", href: "#table" }, "Skip the map: assets as a table");
  return on(link, {
    click: (event) => {
      event.preventDefault();
      document.dispatchEvent(new Event("canopy:open-table"));
      table.focus();
    },
  });
}

function sideSwitch(side: HTMLElement): [toggle: HTMLElement, open: () => void] {
  const narrow = window.matchMedia(NARROW);
  const open = (isOpen: boolean): void => {
    side.hidden = !isOpen;
    toggle.setAttribute("aria-expanded", String(isOpen));
  };
  const toggle = button("Layers", () => open(side.hidden !== false), {
    id: "toggle-side",
    "aria-controls": "side",
    "aria-expanded": "true",
  });
  open(!narrow.matches);
  narrow.addEventListener("change", () => open(!narrow.matches));
  return [toggle, () => open(true)];
}

function showMessage(place: HTMLElement, text: string, tone: "info" | "error"): void {
  if (text === "") {
    place.replaceChildren();
    return;
  }
  const close = button("Dismiss", () => place.replaceChildren(), { class: "quiet" });
  const role = tone === "error" ? "alert" : null;
  place.replaceChildren(el("div", { class: `message ${tone}`, role }, el("p", {}, text), close));
  if (tone === "info") announce(text);
}
