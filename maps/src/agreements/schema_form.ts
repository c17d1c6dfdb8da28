/** The fields of a document that the service's JSON Schema describes, sent once they are right. */

import { ApiProblem, type WrongField } from "../api.ts";
import { announce, el } from "../dom.ts";
import { inPence, inPounds } from "./answers.ts";
import * as records from "./records.ts";
import { submits } from "./tables.ts";
import { recordWidget } from "./terms/groups.ts";
import { documentShape, type RecordShape } from "./terms/shapes.ts";
import { summary } from "./terms/told.ts";
import { stepsOf, type Terms } from "./terms/values.ts";
import { nextId, type Widget } from "./terms/widget.ts";

export interface SchemaForm {
  form: HTMLFormElement;
  /** Show the fields of a kind of document, holding one that is given. */
  fill: (kind: string, given?: Terms) => Promise<void>;
}

/**
 * A form with `above` over its fields, but for the one named `without`. `send` has what was typed, with amounts in pence; what the
 * service refuses is told beside the field and at the top, and nothing typed is lost.
 */
export function schemaForm(
  press: string,
  above: HTMLElement[],
  send: (entry: Terms) => Promise<void>,
  done: () => void,
  without = "",
): SchemaForm {
  const wrong = summary(nextId());
  const place = el("div");
  let widget: Widget | null = null;
  const fill = async (kind: string, given: Terms = {}): Promise<void> => {
    wrong.clear();
    const shape = asked(documentShape(kind, await records.recordSchema(kind)));
    widget = recordWidget(shape, inPounds(given), without);
    place.replaceChildren(widget.element);
  };
  const record = async (): Promise<void> => {
    const shown = widget;
    if (shown === null) return;
    wrong.clear();
    try {
      await send(inPence(shown.read() as Terms));
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      wrong.tell(wrongIn(error), (path) => (path === WHOLE ? null : shown.spot(stepsOf(path))));
      return;
    }
    announce("Recorded");
    done();
  };
  const form = submits(
    el(
      "form",
      { class: "stack", novalidate: true },
      ...above,
      wrong.element,
      place,
      el("button", { type: "submit", class: "main" }, press),
    ),
    record,
  );
  return { form, fill };
}

const WHOLE = "this form";

/** What is wrong, by the fields of the form. A body that does not fit is told as `field: rule; …`. */
function wrongIn(error: ApiProblem): WrongField[] {
  const pairs =
    error.status === 400 ? error.message.split("; ").map((each) => each.split(": ")) : [];
  const found: WrongField[] =
    error.wrong.length > 0
      ? error.wrong
      : pairs.map(([field = "", ...rule]) => ({ field, rule: rule.join(": ") }));
  if (found.length === 0 || found.some(({ rule }) => rule === ""))
    return [{ field: WHOLE, rule: error.message }];
  return found.map(({ field, rule }) => ({ field: field.replace("_pence", "_gbp"), rule }));
}

/** Money is asked for in pounds, whatever the document keeps. */
function asked(shape: RecordShape): RecordShape {
  const fields = shape.fields.map((each) => {
    if (!each.name.endsWith("_pence")) return each;
    const name = each.name.replace(/_pence$/, "_gbp");
    const hint = each.hint.replace(" [p]", " [GBP]");
    const initial = each.initial === 0 ? "0" : each.initial;
    return { ...each, name, hint, initial, shape: { is: "decimal", isPart: false } as const };
  });
  return { ...shape, fields };
}
