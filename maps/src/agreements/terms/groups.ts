/** The parts of the form that hold others: records, what may be absent, kinds, and lists. */

import { announce, el, on } from "../../dom.ts";
import { entries } from "./entries.ts";
import { type Field, KIND, type RecordShape, type Shape } from "./shapes.ts";
import { type Step, same, type Terms } from "./values.ts";
import {
  nextId,
  type Single,
  type Spot,
  single,
  type Widget,
  words,
  wrongPlace,
} from "./widget.ts";
import { namesFrom, titleOf } from "./wording.ts";

/** The widget of a field of a record. */
export function fieldWidget(record: string, field: Field, given: unknown): Widget {
  const { name, shape } = field;
  const title = titleOf(record, name);
  const names = namesFrom(record, name);
  const list = names === null ? null : `names-${names}`;
  if (shape.is === "list") {
    return entries({
      title,
      name,
      hint: field.hint,
      item: shape.item,
      list,
      given,
      make: anyWidget,
    });
  }
  if (shape.is === "record") {
    return field.isNeeded
      ? framed(title, field.hint, recordWidget(shape, given))
      : absentOrThere(title, field.hint, shape, given);
  }
  return anyWidget(title, shape, given, list, field);
}

const PLAIN = { hint: "", isNeeded: true, initial: undefined };

/** The widget of a value that stands alone, such as an entry of a list. */
export function anyWidget(
  title: string,
  shape: Shape,
  given: unknown,
  list: string | null,
  field: Pick<Field, "hint" | "isNeeded" | "initial"> = PLAIN,
): Widget {
  if (shape.is === "record") return recordWidget(shape, given);
  if (shape.is === "variants") return variantWidget(shape.by, given);
  if (shape.is === "list") {
    return entries({ title, name: "", hint: "", item: shape.item, list, given, make: anyWidget });
  }
  return single(title, shape as Single, field, given, list);
}

/** All fields of a record; members that it has beside them are kept as they are. */
export function recordWidget(shape: RecordShape, given: unknown, without = ""): Widget {
  const isShort = shape.short !== undefined && given !== undefined && !isTerms(given);
  const values = isShort ? { [shape.short ?? ""]: given } : termsOf(given);
  const fields = inOrder(shape.fields.filter(({ name }) => name !== without));
  const known = new Set(shape.fields.map(({ name }) => name));
  const rest = Object.fromEntries(Object.entries(values).filter(([name]) => !known.has(name)));
  const inside = new Map(
    fields.map((field) => [field.name, fieldWidget(shape.name, field, values[field.name])]),
  );
  const element = el("div", { class: "record" }, ...[...inside.values()].map((w) => w.element));
  return {
    element,
    read: () => {
      const held = { ...rest, ...readAll(inside) };
      return isShort && isOnly(shape, held) ? held[shape.short ?? ""] : held;
    },
    spot: ([first, ...others]) => spotIn(inside, first, others),
    focus: () => [...inside.values()][0]?.focus(),
  };
}

/** What the fields hold, without those where nothing is given. */
export function readAll(inside: Map<string, Widget>): Terms {
  const all = [...inside].map(([name, widget]): [string, unknown] => [name, widget.read()]);
  return Object.fromEntries(all.filter(([, value]) => value !== undefined));
}

function spotIn(inside: Map<string, Widget>, first: Step | undefined, others: Step[]): Spot {
  const found = inside.get(String(first)) ?? [...inside.values()][0];
  if (found === undefined) throw new Error("a record without fields");
  return found.spot(others);
}

/** A record with a frame and a name; what is wrong with it as a whole is told at its top. */
export function framed(title: string, hint: string, widget: Widget): Widget {
  const frame = el("fieldset", { class: "group" }, el("legend", {}, title));
  const wrong = wrongPlace(frame, null);
  const help = hint === "" ? null : el("small", {}, hint);
  for (const each of [help, wrong.element, widget.element]) if (each !== null) frame.append(each);
  return {
    ...widget,
    element: frame,
    spot: (steps) =>
      steps.length > 0
        ? widget.spot(steps)
        : { title, id: frame.id || wrong.element.id, focus: widget.focus, ...wrong },
  };
}

function absentOrThere(title: string, hint: string, shape: RecordShape, given: unknown): Widget {
  const id = nextId();
  const tick = el("input", { type: "checkbox", id, checked: given !== undefined });
  const place = el("div");
  let inner = given === undefined ? null : framed(title, hint, recordWidget(shape, given));
  if (inner !== null) place.append(inner.element);
  const show = (): void => {
    place.hidden = !tick.checked;
    if (!tick.checked || inner !== null) return;
    inner = framed(title, hint, recordWidget(shape, undefined));
    place.append(inner.element);
  };
  on(tick, { change: show });
  const wrong = wrongPlace(tick, null);
  const name = el("label", { for: id }, `${title}: state it here`);
  return {
    element: el("div", {}, el("div", { class: "tick" }, tick, name, wrong.element), place),
    read: () => (tick.checked ? inner?.read() : undefined),
    spot: (steps) =>
      inner !== null && tick.checked
        ? inner.spot(steps)
        : { title, id, focus: () => tick.focus(), tell: wrong.tell, clear: wrong.clear },
    focus: () => tick.focus(),
  };
}

/** A record of one of several kinds; another kind keeps what both have. */
function variantWidget(by: Map<string, RecordShape>, given: unknown): Widget {
  const values = termsOf(given);
  const [first = ""] = by.keys();
  const known = { hint: "", isNeeded: true, initial: first };
  const kind = single("Type", { is: "choice", options: [...by.keys()] }, known, values[KIND], null);
  const about = el("p", { class: "empty" });
  const place = el("div");
  let inner = recordWidget({ is: "record", name: "", about: "", fields: [] }, {});
  const show = (held: unknown): void => {
    const shape = by.get(String(kind.read()));
    if (shape === undefined) return;
    inner = recordWidget(shape, only(shape, held), KIND);
    about.textContent = shape.about;
    place.replaceChildren(inner.element);
  };
  show(values);
  on(kind.element, {
    change: () => {
      show(inner.read());
      announce(`The fields are those of: ${words(String(kind.read()))}`);
    },
  });
  return {
    element: el("div", { class: "record" }, kind.element, about, place),
    read: () => ({ ...termsOf(inner.read()), [KIND]: kind.read() }),
    spot: (steps) => (steps[0] === KIND || steps.length === 0 ? kind.spot([]) : inner.spot(steps)),
    focus: kind.focus,
  };
}

function only(shape: RecordShape, held: unknown): Terms {
  const known = new Set(shape.fields.map(({ name }) => name));
  return Object.fromEntries(Object.entries(termsOf(held)).filter(([name]) => known.has(name)));
}

/** Whether a record says no more than its short form, all others being as where nothing is said. */
function isOnly({ fields, short }: RecordShape, held: Terms): boolean {
  return fields.every(
    ({ name, initial }) =>
      name === short || same(held[name] ?? initial, initial) || same(held[name], `${initial}`),
  );
}

/** What is needed comes first, single fields before lists and records. */
function inOrder(fields: Field[]): Field[] {
  const rank = ({ isNeeded, shape }: Field): number =>
    (isNeeded ? 0 : 2) + Number(shape.is === "list" || shape.is === "record");
  return [...fields].sort((one, other) => rank(one) - rank(other));
}

function isTerms(given: unknown): given is Terms {
  return typeof given === "object" && given !== null;
}

function termsOf(given: unknown): Terms {
  return isTerms(given) ? given : {};
}
