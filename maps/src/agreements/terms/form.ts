/** All fields of terms in their parts, and where each error lies. */

import { el, on } from "../../dom.ts";
import { fieldWidget, readAll } from "./groups.ts";
import type { RecordShape } from "./shapes.ts";
import { stepsOf, type Terms } from "./values.ts";
import { nextId, type Spot, type Widget } from "./widget.ts";
import { NAMED, partsOf } from "./wording.ts";

export interface TermsFields {
  element: HTMLElement;
  read: () => Terms;
  spot: (path: string) => Spot | null;
}

/** The form of given terms. The reference is the register's and stays, but of a new agreement. */
export function termsFields(shape: RecordShape, given: Terms, isNew = false): TermsFields {
  const inside = new Map<string, Widget>();
  const parts = partsOf(shape.fields.map(({ name }) => name)).map(({ title, names }) => {
    const id = nextId();
    const part = el("section", { class: "part", "aria-labelledby": id }, el("h3", { id }, title));
    for (const name of names.filter((each) => isNew || each !== "ref")) {
      const field = shape.fields.find((each) => each.name === name);
      if (field === undefined) continue;
      const widget = fieldWidget(shape.name, field, given[name]);
      inside.set(name, widget);
      part.append(widget.element);
    }
    return part;
  });
  const read = (): Terms => ({ ...(isNew ? {} : { ref: given.ref }), ...readAll(inside) });
  const names = nameLists(read);
  const element = el("div", { class: "terms" }, names.element, ...parts);
  on(element, { change: names.renew });
  return {
    element,
    read,
    spot: (path) => {
      const [first, ...steps] = stepsOf(path);
      return inside.get(String(first))?.spot(steps) ?? null;
    },
  };
}

/** The names that one part of the terms gives and another may use, as suggestions. */
function nameLists(read: () => Terms): { element: HTMLElement; renew: () => void } {
  const lists = NAMED.map((name) => el("datalist", { id: `names-${name}` }));
  const renew = (): void => {
    const terms = read();
    lists.forEach((list, at) => {
      const entries = terms[NAMED[at] ?? ""];
      const names = Array.isArray(entries) ? entries.map((each: Terms) => each?.name) : [];
      const given = names.filter((each) => typeof each === "string");
      list.replaceChildren(...given.map((value) => el("option", { value })));
    });
  };
  queueMicrotask(renew);
  return { element: el("div", {}, ...lists), renew };
}
