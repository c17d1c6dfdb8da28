/** What every part of the form can do, and the fields that hold a single value. */

import { el, on } from "../../dom.ts";
import { sentence } from "../../format.ts";
import type { Field, Shape } from "./shapes.ts";
import { decimalOf, type Step, wholeOf } from "./values.ts";

/** Where an error is told, and where a link to it leads. */
export interface Spot {
  title: string;
  tell: (rule: string) => void;
  clear: () => void;
  focus: () => void;
  id: string;
}

export interface Widget {
  element: HTMLElement;
  /** What is given; undefined for nothing. */
  read: () => unknown;
  /** The field that steps lead to, or the nearest part around it. */
  spot: (steps: Step[]) => Spot;
  focus: () => void;
}

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;
export type Single = Exclude<Shape, { is: "record" | "list" | "variants" }>;

let made = 0;

export function nextId(): string {
  made += 1;
  return `terms-${made}`;
}

/** A field with its label, help, and room for what is wrong with it. */
export function single(
  title: string,
  shape: Single,
  field: Pick<Field, "hint" | "isNeeded" | "initial">,
  given: unknown,
  list: string | null,
): Widget {
  const control = controlOf(shape, field, given);
  const id = nextId();
  control.id = id;
  if (field.isNeeded && shape.is !== "yes-no") control.setAttribute("aria-required", "true");
  if (list !== null) control.setAttribute("list", list);
  const help = [field.hint, ruleOf(shape)].filter((each) => each !== "").join(". ");
  const wrong = wrongPlace(control, help === "" ? null : `${id}-help`);
  const name = el("label", { for: id }, `${title}${field.isNeeded ? "" : " (optional)"}`);
  const hint = help === "" ? null : el("small", { id: `${id}-help` }, help);
  const isTick = shape.is === "yes-no";
  const element = isTick
    ? el("div", { class: "tick" }, control, el("label", { for: id }, title), hint, wrong.element)
    : el("div", { class: "field" }, name, hint, wrong.element, control);
  const focus = (): void => reveal(control);
  return {
    element,
    read: () => read(shape, control),
    spot: () => ({ title, id, focus, tell: wrong.tell, clear: wrong.clear }),
    focus,
  };
}

/** The place of an error of `owner`, which then is told to be invalid. */
export function wrongPlace(
  owner: HTMLElement,
  help: string | null,
): { element: HTMLElement; tell: (rule: string) => void; clear: () => void } {
  const element = el("p", { class: "wrong", id: nextId(), hidden: true });
  const describe = (...ids: (string | null)[]): void => {
    const all = ids.filter((each) => each !== null).join(" ");
    if (all === "") owner.removeAttribute("aria-describedby");
    else owner.setAttribute("aria-describedby", all);
  };
  describe(help);
  return {
    element,
    tell: (rule) => {
      const before = element.hidden ? "" : `${element.textContent} `;
      element.textContent = `${before}${sentence(rule)}.`;
      element.hidden = false;
      if (isControl(owner)) owner.setAttribute("aria-invalid", "true");
      describe(help, element.id);
    },
    clear: () => {
      element.hidden = true;
      element.textContent = "";
      owner.removeAttribute("aria-invalid");
      describe(help);
    },
  };
}

/** Focus something, and open what it lies in. */
export function reveal(element: HTMLElement): void {
  let around = element.closest("details");
  while (around !== null) {
    around.open = true;
    around = around.parentElement?.closest("details") ?? null;
  }
  element.focus();
  element.scrollIntoView({ block: "center" });
}

function isControl(element: HTMLElement): boolean {
  return element.matches("input, select, textarea");
}

function controlOf(shape: Single, field: Pick<Field, "isNeeded" | "initial">, given: unknown) {
  const value = given ?? field.initial;
  if (shape.is === "choice") return choiceOf(shape.options, field, value);
  if (shape.is === "yes-no") return el("input", { type: "checkbox", checked: value === true });
  if (shape.is === "any") {
    const area = el("textarea", { class: "code", rows: 3, spellcheck: "false" });
    area.value = value === undefined ? "" : JSON.stringify(value);
    return area;
  }
  const input = el("input", { autocomplete: "off", ...entryOf(shape) });
  input.value = value === undefined || value === null ? "" : String(value);
  return input;
}

function choiceOf(
  options: string[],
  { initial }: Pick<Field, "isNeeded" | "initial">,
  value: unknown,
): HTMLSelectElement {
  const nothing = initial === undefined ? [el("option", { value: "" }, "Not chosen")] : [];
  const shown = options.map((each) =>
    el("option", { value: each, selected: each === value }, words(each)),
  );
  return el("select", {}, ...nothing, ...shown);
}

const CODES: Record<string, string> = {
  cpi: "CPI",
  cpih: "CPIH",
  rpi: "RPI",
  m2: "m²",
  kwh: "kWh",
  gbp: "GBP",
  "england-wales": "England and Wales",
  "northern-ireland": "Northern Ireland",
};

export function words(code: string): string {
  return CODES[code] ?? sentence(code.replaceAll("-", " "));
}

function entryOf(shape: Single): Record<string, string | number | null> {
  if (shape.is === "day") return { type: "date" };
  if (shape.is === "whole") return { type: "text", inputmode: "numeric" };
  if (shape.is === "decimal") return { type: "text", inputmode: "decimal" };
  return { type: "text", maxlength: shape.is === "text" ? shape.most : null };
}

function ruleOf(shape: Single): string {
  if (shape.is === "decimal" && shape.isPart) return "A part of one: 0.2 is 20 %";
  if (shape.is === "text" && shape.isName) return "Small letters, digits and hyphens";
  if (shape.is === "text" && shape.isMonth) return "A month, as 2026-04";
  if (shape.is === "any") return "As JSON";
  return "";
}

function read(shape: Single, control: Control): unknown {
  const typed = control.value;
  if (shape.is === "yes-no") return (control as HTMLInputElement).checked;
  if (shape.is === "decimal") return decimalOf(typed);
  if (shape.is === "whole") return wholeOf(typed);
  if (shape.is === "any") return jsonOf(typed);
  // A day that is typed in part is no value to the browser; the service is to refuse it.
  if (control.validity.badInput) return "what was typed";
  return typed.trim() === "" ? undefined : typed.trim();
}

function jsonOf(typed: string): unknown {
  if (typed.trim() === "") return undefined;
  try {
    return JSON.parse(typed);
  } catch {
    return typed; // the service tells what it should be
  }
}

/** Listen to a change of any field inside. */
export function whenChanged(element: HTMLElement, act: () => void): void {
  on(element, { change: act });
}
