/** What is wrong, at the top of the form, with a link to each field. */

import type { WrongField } from "../../api.ts";
import { el, on } from "../../dom.ts";
import { sentence } from "../../format.ts";
import type { Spot } from "./widget.ts";

export interface Summary {
  element: HTMLElement;
  /** Show errors beside their fields and here, and go here. */
  tell: (wrong: WrongField[], spot: (path: string) => Spot | null) => void;
  clear: () => void;
}

/** `id` names its heading; a page with several summaries gives each another. */
export function summary(id = "terms-wrong"): Summary {
  const element = el("div", {
    class: "summary",
    role: "group",
    tabindex: "-1",
    "aria-labelledby": id,
    hidden: true,
  });
  let told: Spot[] = [];
  const clear = (): void => {
    for (const each of told) each.clear();
    told = [];
    element.hidden = true;
    element.replaceChildren();
  };
  return {
    element,
    clear,
    tell: (wrong, spot) => {
      clear();
      const items = wrong.map(({ field, rule }) => {
        const found = spot(field);
        if (found === null) return el("li", {}, `${sentence(field)}: ${rule}`);
        found.tell(rule);
        told.push(found);
        return el("li", {}, linkTo(found, rule));
      });
      const count =
        wrong.length === 1 ? "There is a problem" : `There are ${wrong.length} problems`;
      element.append(el("h3", { id }, count), el("ul", {}, ...items));
      element.hidden = false;
      element.focus();
      element.scrollIntoView({ block: "start" });
    },
  };
}

/** The page's address tells its view, so a link inside it moves the focus alone. */
function linkTo(spot: Spot, rule: string): HTMLElement {
  return on(el("a", { href: `#${spot.id}` }, `${spot.title}: ${rule}`), {
    click: (event) => {
      event.preventDefault();
      spot.focus();
    },
  });
}
