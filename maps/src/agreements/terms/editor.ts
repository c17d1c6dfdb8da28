/** The page that edits an agreement's terms: a form, the same as JSON, a preview, and saving. */

import { ApiProblem, type WrongField } from "../../api.ts";
import { announce, button, debounced, el, on } from "../../dom.ts";
import { moment } from "../../format.ts";
import { toHash, type View } from "../address.ts";
import * as service from "../service.ts";
import { submits } from "../tables.ts";
import { type TermsFields, termsFields } from "./form.ts";
import { preview } from "./preview.ts";
import { type RecordShape, termsShape } from "./shapes.ts";
import { type Summary, summary } from "./told.ts";
import { merged, same, type Terms } from "./values.ts";
import { nextId, type Spot, single, type Widget } from "./widget.ts";
import { titleOf } from "./wording.ts";

/** What was typed and not saved, while this page is open: terms are kept nowhere else. */
export interface Draft {
  held: service.Held;
  terms: Terms;
  /** What stands in the box, where the terms are edited as JSON. */
  json: string | null;
  reason: string;
}

/** What a form is about, and where one goes back to. */
export interface Words {
  title: string;
  back: View;
  backTo: string;
  extra: HTMLElement[];
  save: string;
}

const drafts = new Map<string, Draft>();
const KEEP_AFTER_MS = 150;

window.addEventListener("beforeunload", (event) => {
  if (drafts.size > 0) event.preventDefault();
});

/** What was typed for an agreement, or for a new one (under ""), and is not saved. */
export function draftOf(ref: string): Draft | undefined {
  return drafts.get(ref);
}

export async function showTerms(place: HTMLElement, ref: string): Promise<void> {
  const draft = drafts.get(ref);
  const [schema, held] = await Promise.all([
    service.termsSchema(),
    draft?.held ?? service.agreement(ref),
  ]);
  new Editor(place, termsShape(schema), held, draft).show();
}

/** The form of the terms of an agreement that is on record. */
export class Editor {
  protected readonly notice = el("div", { class: "notice", tabindex: "-1", hidden: true });
  private readonly summary: Summary = summary();
  private readonly place = el("div");
  private readonly previewed = el("section", {
    class: "part",
    "aria-label": "Preview of the schedule",
    hidden: true,
  });
  private readonly json = el("textarea", { rows: 28, spellcheck: "false", class: "code" });
  protected readonly reason: Widget;
  private readonly turn = button("", () => this.turnRound());
  protected fields: TermsFields;
  private isJson = false;
  protected isDone = false;

  constructor(
    protected readonly main: HTMLElement,
    private readonly shape: RecordShape,
    protected held: service.Held,
    private readonly draft: Draft | undefined,
    private readonly isNew = false,
  ) {
    this.fields = termsFields(shape, draft?.terms ?? held.agreement.terms, isNew);
    const rule = { hint: "It goes into the history", isNeeded: !isNew, initial: undefined };
    const text = { is: "text", most: 4000, isName: false, isMonth: false } as const;
    this.reason = single(
      isNew ? "Reason" : "Reason for the change",
      text,
      rule,
      draft?.reason,
      null,
    );
    this.json.id = nextId();
  }

  show(): void {
    const { title, back, backTo, extra, save } = this.words();
    const form = submits(
      el(
        "form",
        { novalidate: true, class: "editor" },
        this.place,
        el("div", { class: "part stack" }, ...extra, this.reason.element),
        this.previewed,
        el(
          "div",
          { class: "actions" },
          el("button", { type: "submit", class: "main" }, save),
          button("Preview the schedule", () => void this.preview()),
          this.turn,
          button("Discard what I typed", () => this.discard()),
        ),
      ),
      () => this.save(),
    );
    const keep = debounced(KEEP_AFTER_MS, () => this.keep());
    on(form, { input: keep, change: () => this.keep() });
    this.main.replaceChildren(
      el("p", {}, el("a", { href: toHash(back) }, backTo)),
      el("h2", {}, title),
      this.notice,
      this.summary.element,
      form,
    );
    this.arrange(this.draft?.json ?? null);
    if (this.draft !== undefined) this.note([el("p", {}, "What you typed before is here again.")]);
  }

  /** What the page is about, and the fields beside the terms. */
  protected words(): Words {
    const { ref, title } = this.held.agreement;
    return {
      title: `Terms of ${ref}: ${title}`,
      back: { name: "agreement", ref },
      backTo: `Back to ${ref}`,
      extra: [],
      save: "Save terms",
    };
  }

  /** The form, or the box with JSON where there is a text for it. */
  private arrange(json: string | null): void {
    this.isJson = json !== null;
    this.turn.textContent = this.isJson ? "Back to the form" : "Advanced: edit as JSON";
    if (json === null) {
      this.place.replaceChildren(this.fields.element);
      return;
    }
    this.json.value = json;
    const label = el("label", { for: this.json.id }, "Terms, as JSON in the words of a terms file");
    this.place.replaceChildren(el("div", { class: "part field" }, label, this.json));
  }

  private turnRound(): void {
    this.summary.clear();
    if (!this.isJson) {
      this.arrange(JSON.stringify(this.fields.read(), null, 2));
      this.json.focus();
      return;
    }
    const terms = this.read();
    if (terms === null) return;
    this.fields = termsFields(this.shape, terms, this.isNew);
    this.arrange(null);
    this.turn.focus();
  }

  /** The terms as they stand; null, and told, where the JSON is none. */
  private read(): Terms | null {
    if (!this.isJson) return this.fields.read();
    try {
      const read: unknown = JSON.parse(this.json.value);
      if (typeof read === "object" && read !== null && !Array.isArray(read)) return read as Terms;
      this.tell([{ field: "JSON", rule: "terms are an object with members" }]);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      this.tell([{ field: "JSON", rule: error.message }]);
    }
    return null;
  }

  protected tell(wrong: WrongField[]): void {
    this.summary.tell(wrong, (path) => this.spot(path));
  }

  protected spot(path: string): Spot | null {
    if (path === "reason") return this.reason.spot([]);
    if (!this.isJson) return this.fields.spot(path);
    const focus = (): void => this.json.focus();
    const nothing = (): void => undefined;
    return { title: path, id: this.json.id, focus, tell: nothing, clear: nothing };
  }

  /** What was typed is kept, so that it is there again after a look at another view. */
  protected keep(): void {
    if (this.isDone || !this.main.contains(this.place)) return;
    const terms = this.isJson
      ? (this.draft?.terms ?? this.held.agreement.terms)
      : this.fields.read();
    const json = this.isJson ? this.json.value : null;
    const reason = String(this.reason.read() ?? "");
    const { agreement } = this.held;
    const isSame = json === null && reason === "" && same(terms, agreement.terms);
    if (isSame) drafts.delete(agreement.ref);
    else drafts.set(agreement.ref, { held: this.held, terms, json, reason });
  }

  private discard(): void {
    this.done();
    announce("Discarded; the terms are those on record");
    void this.again().then(() => this.main.focus());
  }

  /** Nothing that was typed is waiting any more. */
  protected done(): void {
    this.isDone = true;
    drafts.delete(this.held.agreement.ref);
  }

  protected again(): Promise<void> {
    return showTerms(this.main, this.held.agreement.ref);
  }

  /** The schedule on record, and that of the terms as they stand. */
  protected schedules(terms: Terms): Promise<[service.Schedule, service.Schedule]> {
    const { ref, status } = this.held.agreement;
    return Promise.all([service.schedule(ref), service.scheduleOf(terms, status)]);
  }

  private async preview(): Promise<void> {
    const terms = this.read();
    if (terms === null) return;
    await this.asked(async () => {
      const [before, after] = await this.schedules(terms);
      this.previewed.replaceChildren(...preview(before, after));
      this.previewed.hidden = false;
      this.previewed.querySelector("h3")?.focus();
    });
  }

  private async save(): Promise<void> {
    const terms = this.read();
    if (terms === null) return;
    const reason = this.reason.read();
    if (typeof reason !== "string" && !this.isNew) {
      this.tell([{ field: "reason", rule: "say why the terms change" }]);
      return;
    }
    await this.asked(async () => {
      const ref = await this.write(terms, typeof reason === "string" ? reason : "");
      this.done();
      announce(this.isNew ? `${ref} is in the register` : "The terms are changed");
      location.hash = toHash({ name: "agreement", ref });
    });
  }

  /** Write the terms; the reference of their agreement. */
  protected async write(terms: Terms, reason: string): Promise<string> {
    await service.change(this.held, terms, reason);
    return this.held.agreement.ref;
  }

  /** Ask the service; what it refuses is told beside the fields that it names. */
  private async asked(act: () => Promise<void>): Promise<void> {
    this.summary.clear();
    this.previewed.hidden = true;
    this.keep();
    try {
      await act();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      if (error.status === 412) await this.conflict();
      else if (error.wrong.length > 0) this.tell(error.wrong);
      else this.tell([{ field: "the service", rule: error.message }]);
    }
  }

  private async conflict(): Promise<void> {
    const { ref } = this.held.agreement;
    const [latest, history] = await Promise.all([service.agreement(ref), service.history(ref)]);
    const mine = this.read() ?? {};
    const result = merged(this.held.agreement.terms, mine, latest.agreement.terms);
    const last = history.at(-1);
    const who = last === undefined ? "Somebody" : last.author;
    const when = last === undefined ? "" : ` on ${moment(last.at)}`;
    const why = last === undefined || last.reason === "" ? "" : `: ${last.reason}`;
    this.note([
      el("h3", {}, "Somebody else changed this agreement meanwhile"),
      el(
        "p",
        {},
        `${who} saved version ${latest.agreement.version}${when}${why}. Nothing of yours is written, ` +
          "and nothing that you typed is lost.",
      ),
      told("They changed", result.theirs),
      told("Both of you changed, and yours stays", result.both),
      button("Take their changes into mine", () => this.rebase(latest, result.terms)),
    ]);
  }

  /** Go on from the latest version, with the changes of both. */
  private rebase(latest: service.Held, terms: Terms): void {
    this.held = latest;
    this.fields = termsFields(this.shape, terms);
    this.arrange(this.isJson ? JSON.stringify(terms, null, 2) : null);
    this.keep();
    this.note([el("p", {}, "Their changes are in. Look the terms through, then save them.")]);
  }

  private note(inside: Node[]): void {
    this.notice.replaceChildren(...inside);
    this.notice.hidden = false;
    this.notice.focus();
    this.notice.scrollIntoView({ block: "start" });
  }
}

function told(what: string, names: string[]): HTMLElement {
  const titles = names.map((name) => titleOf("Agreement", name)).join(", ");
  return el("p", {}, `${what}: ${titles || "nothing"}.`);
}
