/** A form that notes something of an agreement, of any kind, or corrects what was noted. */

import { el, on } from "../dom.ts";
import { content } from "./entries.ts";
import * as records from "./records.ts";
import { schemaForm } from "./schema_form.ts";
import { choice, field } from "./tables.ts";
import { words } from "./words.ts";

/** Those with questions of their own have forms of their own. */
const KINDS = ["performance", "spend", "cap", "meeting", "notice", "governance"];
const TITLES: Record<string, string> = {
  cap: "Limit of spend",
  governance: "Who looks after it",
};

/** The form; `done` once something is recorded. */
export async function notingForm(ref: string, done: () => void): Promise<HTMLElement> {
  const holding = (await records.entries(ref)).filter(({ is_current }) => is_current);
  const kind = choice(
    "kind",
    KINDS.map((each): [string, string] => [each, TITLES[each] ?? words(each)]),
    "",
  );
  const before = el("select", { name: "replaces" });
  const reason = el("input", { maxlength: 4000 });
  const why = field("Why it is corrected", reason);
  const corrected = (): records.Entry | undefined =>
    holding.find(({ number }) => String(number) === before.value);
  const { form, fill } = schemaForm(
    "Note it",
    [field("What to note", kind), field("In place of", before), why],
    async (typed) => {
      const found = corrected();
      const corrects = found && { replaces: found.number, reason: reason.value };
      await records.note(ref, { ...typed, kind: kind.value }, corrects);
    },
    done,
    "kind",
  );
  const show = (): Promise<void> => {
    const found = corrected();
    why.hidden = found === undefined;
    return fill(kind.value, found?.entry);
  };
  const list = (): Promise<void> => {
    before.replaceChildren(
      el("option", { value: "" }, "Nothing: it is new"),
      ...holding
        .filter(({ entry }) => entry.kind === kind.value)
        .map(({ number, entry }) =>
          el("option", { value: number }, `${number}: ${content(entry)}`.slice(0, 120)),
        ),
    );
    return show();
  };
  await list();
  on(kind, { change: () => void list() });
  on(before, { change: () => void show() });
  return form;
}
