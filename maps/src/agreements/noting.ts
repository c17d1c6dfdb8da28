/** A form that notes something of an agreement, of any kind, or corrects what was noted. */

import { ApiProblem } from "../api.ts";
import { announce, el, on } from "../dom.ts";
import { inPence, inPounds } from "./answers.ts";
import { content } from "./entries.ts";
import * as records from "./records.ts";
import { choice, field, submits } from "./tables.ts";
import { recordWidget } from "./terms/groups.ts";
import { documentShape, type RecordShape } from "./terms/shapes.ts";
import { summary } from "./terms/told.ts";
import { stepsOf, type Terms } from "./terms/values.ts";
import type { Widget } from "./terms/widget.ts";
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
  const wrong = summary();
  const place = el("div");
  let widget: Widget | null = null;
  const corrected = (): records.Entry | undefined =>
    holding.find(({ number }) => String(number) === before.value);
  const fill = async (): Promise<void> => {
    wrong.clear();
    const found = corrected();
    why.hidden = found === undefined;
    reason.required = found !== undefined;
    const shape = asked(documentShape(kind.value, await records.entrySchema(kind.value)));
    widget = recordWidget(shape, inPounds(found?.entry ?? {}), "kind");
    place.replaceChildren(widget.element);
  };
  const list = async (): Promise<void> => {
    before.replaceChildren(
      el("option", { value: "" }, "Nothing: it is new"),
      ...holding
        .filter(({ entry }) => entry.kind === kind.value)
        .map(({ number, entry }) =>
          el("option", { value: number }, `${number}: ${content(entry)}`.slice(0, 120)),
        ),
    );
    await fill();
  };
  await list();
  on(kind, { change: () => void list() });
  on(before, { change: () => void fill() });
  const record = async (): Promise<void> => {
    if (widget === null) return;
    wrong.clear();
    const entry = { ...inPence(widget.read() as Terms), kind: kind.value };
    const found = corrected();
    const corrects = found && { replaces: found.number, reason: reason.value };
    try {
      await records.note(ref, entry, corrects);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      const all = error.wrong.length > 0 ? error.wrong : [{ field: "entry", rule: error.message }];
      const named = all.map((each) => ({ ...each, field: each.field.replace("_pence", "_gbp") }));
      const shown = widget;
      wrong.tell(named, (path) => (path === "entry" ? null : shown.spot(stepsOf(path))));
      return;
    }
    announce("Recorded");
    done();
  };
  return submits(
    el(
      "form",
      { class: "stack", novalidate: true },
      field("What to note", kind),
      field("In place of", before),
      why,
      wrong.element,
      place,
      el("button", { type: "submit", class: "main" }, "Note it"),
    ),
    record,
  );
}

/** Money is asked for in pounds, whatever the entry keeps. */
function asked(shape: RecordShape): RecordShape {
  const fields = shape.fields.map((each) => {
    if (!each.name.endsWith("_pence")) return each;
    const name = each.name.replace(/_pence$/, "_gbp");
    const hint = each.hint.replace(" [p]", " [GBP]");
    return { ...each, name, hint, shape: { is: "decimal", isPart: false } as const };
  });
  return { ...shape, fields };
}
