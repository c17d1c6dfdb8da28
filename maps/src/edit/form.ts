/** The form of one asset, made from its kind's schema, with units and help. */

import type { FieldSchema, Properties, Queryables } from "../api.ts";
import { button, el, on } from "../dom.ts";
import { label, sentence, unit } from "../format.ts";
import { statusLabel } from "../symbology.ts";
import { entryText, type FormField, formFields, parse } from "./fields.ts";

type Control = HTMLInputElement | HTMLSelectElement;

export interface FormOptions {
  title: string;
  schema: Queryables;
  values: Properties;
  /** Resolves to a message that keeps the form open, or null when it is done. */
  save: (values: Properties) => Promise<string | null>;
}

/** A modal form; Escape or Cancel leaves everything as it was. */
export function openForm(options: FormOptions): Form {
  const form = new Form(options);
  form.open();
  return form;
}

export class Form {
  private readonly controls = new Map<string, { field: FormField; control: Control }>();
  private readonly message = el("p", { role: "alert", class: "wrong" });
  private readonly dialog = el("dialog", { class: "form", "aria-labelledby": "form-title" });

  constructor(private readonly options: FormOptions) {}

  open(): void {
    const { title, schema, values } = this.options;
    const fields = formFields(schema).map((field) => this.field(field, values[field.name]));
    const submit = el("button", { type: "submit", class: "main" }, "Save");
    const form = el(
      "form",
      { novalidate: true },
      el("h2", { id: "form-title" }, title),
      this.message,
      ...fields,
      el(
        "div",
        { class: "actions" },
        submit,
        button("Cancel", () => this.dialog.close()),
      ),
    );
    on(form, {
      submit: (event) => {
        event.preventDefault();
        void this.save(submit);
      },
    });
    this.dialog.append(form);
    on(this.dialog, { close: () => this.dialog.remove() });
    document.body.append(this.dialog);
    this.dialog.showModal();
  }

  /** Show newer values in the fields that nobody touched here. */
  rebase(before: Properties, latest: Properties): void {
    for (const [name, { control }] of this.controls) {
      const isTouched = control.value.trim() !== entryText(before[name]);
      if (!isTouched) control.value = entryText(latest[name]);
    }
  }

  private async save(submit: HTMLButtonElement): Promise<void> {
    if (!this.check()) return;
    submit.disabled = true;
    const told = await this.options.save(this.values());
    submit.disabled = false;
    if (told === null) this.dialog.close();
    else this.refuse(told);
  }

  private check(): boolean {
    const wrong = [...this.controls.values()].filter(({ control }) => !control.validity.valid);
    this.mark(new Set(wrong.map(({ field }) => field.name)));
    const [first] = wrong;
    if (first === undefined) return true;
    const name = label(first.field.name, first.field.schema);
    this.message.textContent = `${name}: ${first.control.validationMessage}`;
    first.control.focus();
    return false;
  }

  /** What the service refused; the fields that it names are marked. */
  private refuse(told: string): void {
    this.message.textContent = told;
    const named = [...this.controls.keys()].filter((name) =>
      new RegExp(`\\b${name}\\b`).test(told),
    );
    this.mark(new Set(named));
    const control = this.controls.get(named[0] ?? "")?.control;
    if (control) control.focus();
    else this.message.scrollIntoView();
  }

  private mark(wrong: Set<string>): void {
    for (const [name, { control }] of this.controls) {
      if (wrong.has(name)) control.setAttribute("aria-invalid", "true");
      else control.removeAttribute("aria-invalid");
    }
  }

  private values(): Properties {
    const all = [...this.controls].map(([name, { field, control }]) => [
      name,
      parse(field, control.value),
    ]);
    return Object.fromEntries(all) as Properties;
  }

  private field(field: FormField, given: unknown): HTMLElement {
    const { name, schema } = field;
    const id = `field-${name}`;
    const control = controlOf(field, id);
    control.value = entryText(given);
    this.controls.set(name, { field, control });
    const of = unit(name, schema);
    const title = `${label(name, schema)}${of === null ? "" : ` [${of}]`}`;
    const help = [helpText(schema), range(schema)].filter(Boolean).join(". ");
    if (help) control.setAttribute("aria-describedby", `${id}-help`);
    return el(
      "div",
      { class: "field" },
      el("label", { for: id }, title),
      control,
      help ? el("small", { id: `${id}-help` }, help) : null,
    );
  }
}

/** What a field is; its unit stands in the label already. */
function helpText({ description, "x-ogc-unit": of }: FieldSchema): string | undefined {
  return of === undefined ? description : description?.replace(` [${of}]`, "");
}

function controlOf({ name, entry, schema }: FormField, id: string): Control {
  if (entry === "choice" || entry === "boolean") {
    const values =
      entry === "boolean"
        ? ["true", "false"]
        : (schema.enum ?? []).filter((each) => each !== null).map(String);
    const words = (each: string): string => {
      if (entry === "boolean") return each === "true" ? "Yes" : "No";
      return name === "status" ? statusLabel(each) : sentence(each);
    };
    const options = values.map((each) => el("option", { value: each }, words(each)));
    return el("select", { id }, el("option", { value: "" }, "Not known"), ...options);
  }
  const { minimum = null, maximum = null, maxLength = null } = schema;
  if (entry === "number" || entry === "integer") {
    return el("input", {
      id,
      type: "number",
      step: entry === "integer" ? "1" : "any",
      min: minimum,
      max: maximum,
    });
  }
  return el("input", { id, type: entry === "date" ? "date" : "text", maxlength: maxLength });
}

function range({ minimum, maximum }: { minimum?: number; maximum?: number }): string {
  if (minimum !== undefined && maximum !== undefined) return `${minimum} to ${maximum}`;
  if (minimum !== undefined) return `At least ${minimum}`;
  return maximum === undefined ? "" : `At most ${maximum}`;
}
