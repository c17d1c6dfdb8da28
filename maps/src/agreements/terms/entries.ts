/** A list in the form: entries are added, taken out, and opened one by one. */

import { announce, button, el, on } from "../../dom.ts";
import { capital, KIND, type Shape } from "./shapes.ts";
import type { Step } from "./values.ts";
import { nextId, reveal, type Spot, type Widget, words, wrongPlace } from "./widget.ts";
import { aboutEntry, oneOf } from "./wording.ts";

/** So many are shown at first, and with each press on "more". */
const SHOWN = 50;
/** Records with more fields than this are closed until somebody opens them. */
const FEW_FIELDS = 4;

interface Wish {
  title: string;
  name: string;
  hint: string;
  item: Shape;
  list: string | null;
  given: unknown;
  make: (title: string, shape: Shape, given: unknown, list: string | null) => Widget;
}

export function entries(wish: Wish): Widget {
  return new Entries(wish).widget();
}

/** One entry: its fields are made when it is opened, so that a long list costs little. */
class Entry {
  readonly element: HTMLElement;
  private readonly heading = el("span");
  private readonly place = el("div");
  private readonly takeOut: HTMLButtonElement;
  private made: Widget | null = null;
  private title = "";

  constructor(
    private readonly wish: Wish,
    private readonly given: unknown,
    remove: (entry: Entry) => void,
    isOpen: boolean,
  ) {
    this.takeOut = button("Remove", () => remove(this));
    this.element = this.isSingle() ? this.row() : this.details(isOpen);
    on(this.element, { change: () => this.retitle() });
  }

  number(at: number): void {
    this.title = `${capital(oneOf(this.wish.name))} ${at + 1}`;
    this.retitle();
  }

  read(): unknown {
    return this.made === null ? this.given : this.made.read();
  }

  widget(): Widget {
    if (this.made === null) {
      const { item, list, make } = this.wish;
      this.made = make(this.title || capital(oneOf(this.wish.name)), item, this.given, list);
      this.place.append(this.made.element);
    }
    return this.made;
  }

  name(): string {
    return this.title;
  }

  focus(): void {
    if (this.element instanceof HTMLDetailsElement) this.element.open = true;
    this.widget().focus();
  }

  private isSingle(): boolean {
    const { is } = this.wish.item;
    return is !== "record" && is !== "variants" && is !== "list";
  }

  private row(): HTMLElement {
    this.widget();
    return el("div", { class: "entry row" }, this.place, this.takeOut);
  }

  private details(isOpen: boolean): HTMLElement {
    const inside = el("div", { role: "group" }, this.place, this.takeOut);
    const made = el("details", { class: "entry" }, el("summary", {}, this.heading), inside);
    on(made, { toggle: () => made.open && this.widget() });
    if (isOpen) {
      made.open = true;
      this.widget();
    }
    return made;
  }

  private retitle(): void {
    const about = aboutEntry(this.read());
    const label = about === "" ? this.title : `${this.title}: ${about}`;
    this.heading.textContent = label;
    this.takeOut.setAttribute("aria-label", `Remove ${label}`);
    if (!this.isSingle()) this.place.parentElement?.setAttribute("aria-label", label);
    const named = this.isSingle() ? this.place.querySelector("label") : null;
    if (named !== null) named.textContent = this.title;
  }
}

class Entries {
  private readonly all: Entry[];
  private readonly list = el("div", { class: "entries" });
  private readonly more = button("", () => this.show(this.shown + SHOWN));
  private readonly kind: HTMLSelectElement | null;
  private readonly add: HTMLButtonElement;
  private readonly frame: HTMLFieldSetElement;
  private readonly wrong;
  private shown = SHOWN;

  constructor(private readonly wish: Wish) {
    const values = Array.isArray(wish.given) ? wish.given : [];
    const isOpen = this.isShort() && values.length <= SHOWN / 5;
    this.all = values.map((each) => this.entry(each, isOpen));
    this.kind = this.kinds();
    this.add = button(`Add a ${oneOf(wish.name)}`.replace(/ a (?=[aeio])/, " an "), () =>
      this.grow(),
    );
    this.frame = el("fieldset", { class: "group" }, el("legend", {}, wish.title));
    this.wrong = wrongPlace(this.frame, null);
    const adding = el("div", { class: "actions" }, this.kindLabel(), this.add);
    const hint = wish.hint === "" ? null : el("small", {}, wish.hint);
    for (const each of [hint, this.wrong.element, this.list, this.more, adding]) {
      if (each !== null) this.frame.append(each);
    }
    this.show(SHOWN);
  }

  widget(): Widget {
    return {
      element: this.frame,
      read: () => this.all.map((each) => each.read()).filter((each) => each !== undefined),
      spot: (steps) => this.spot(steps),
      focus: () => reveal(this.add),
    };
  }

  private isShort(): boolean {
    const { item } = this.wish;
    return item.is === "record" && item.fields.length <= FEW_FIELDS;
  }

  private entry(value: unknown, isOpen: boolean): Entry {
    return new Entry(this.wish, value, (entry) => this.remove(entry), isOpen);
  }

  private kinds(): HTMLSelectElement | null {
    const { item } = this.wish;
    if (item.is !== "variants") return null;
    const options = [...item.by.keys()].map((each) => el("option", { value: each }, words(each)));
    return el("select", { id: nextId() }, ...options);
  }

  private kindLabel(): HTMLElement | null {
    if (this.kind === null) return null;
    const text = `Type of a new ${oneOf(this.wish.name)}`;
    return el("div", { class: "field" }, el("label", { for: this.kind.id }, text), this.kind);
  }

  private grow(): void {
    const added = this.entry(this.kind === null ? undefined : { [KIND]: this.kind.value }, true);
    this.all.push(added);
    this.show(Math.max(this.shown, this.all.length));
    added.focus();
    announce(`${added.name()} added`);
  }

  private remove(entry: Entry): void {
    const at = this.all.indexOf(entry);
    const name = entry.name();
    this.all.splice(at, 1);
    this.show(this.shown);
    reveal(this.add);
    announce(`${name} removed`);
    this.frame.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private show(most: number): void {
    this.shown = most;
    this.all.forEach((each, at) => {
      each.number(at);
    });
    this.list.replaceChildren(...this.all.slice(0, most).map(({ element }) => element));
    const left = this.all.length - most;
    this.more.hidden = left <= 0;
    this.more.textContent = `Show ${Math.min(SHOWN, left)} more of ${left} that are not shown`;
  }

  private spot([first, ...others]: Step[]): Spot {
    const entry = typeof first === "number" ? this.all[first] : undefined;
    if (entry === undefined) {
      const { tell, clear, element } = this.wrong;
      const focus = (): void => reveal(this.add);
      return { title: this.wish.title, id: element.id, focus, tell, clear };
    }
    if (Number(first) >= this.shown) this.show(Number(first) + SHOWN);
    const inner = entry.widget().spot(others);
    const title = inner.title === entry.name() ? inner.title : `${entry.name()}, ${inner.title}`;
    return { ...inner, title };
  }
}
