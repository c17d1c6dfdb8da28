/** The page that records a new agreement: the form of terms, empty, and how the agreement stands. */

import { el } from "../../dom.ts";
import { NO_FILTERS } from "../address.ts";
import * as service from "../service.ts";
import { choice, field } from "../tables.ts";
import { words } from "../words.ts";
import { type Draft, draftOf, Editor, type Words } from "./editor.ts";
import { termsFields } from "./form.ts";
import { type RecordShape, termsShape } from "./shapes.ts";
import type { Terms } from "./values.ts";

const STATUSES = ["draft", "active", "continuing"];
const NOTHING: service.Schedule = { lines: [], financial_years: [], reason: null, sources: [] };

/** How the agreement stands; kept, like the terms, while another view is looked at. */
interface Standing {
  status: HTMLSelectElement;
  since: HTMLInputElement;
  unknown: HTMLInputElement;
}

let standing: Standing | null = null;

export async function showNew(place: HTMLElement): Promise<void> {
  const shape = termsShape(await service.termsSchema());
  const draft = draftOf("");
  const terms = termsFields(shape, {}, true).read();
  new NewAgreement(
    place,
    shape,
    draft?.held ?? { agreement: blank(terms), etag: "" },
    draft,
  ).show();
}

function blank(terms: Terms): service.Agreement {
  return {
    ref: "",
    title: "",
    kind: "",
    status: "active",
    status_on: "",
    starts_on: "",
    ends_on: "",
    latest_end: "",
    version: 0,
    parties: [],
    asset_count: 0,
    handover_clause: false,
    updated_at: "",
    terms,
  };
}

function made(): Standing {
  return {
    status: choice(
      "status",
      STATUSES.map((each): [string, string] => [each, words(each)]),
      "active",
    ),
    since: el("input", { name: "since", type: "date" }),
    unknown: el("input", { name: "unknown", type: "checkbox", id: "new-unknown" }),
  };
}

class NewAgreement extends Editor {
  constructor(main: HTMLElement, shape: RecordShape, held: service.Held, draft: Draft | undefined) {
    super(main, shape, held, draft, true);
  }

  private get standing(): Standing {
    standing ??= made();
    return standing;
  }

  protected override words(): Words {
    const { status, since, unknown } = this.standing;
    return {
      title: "New agreement",
      back: { name: "register", filters: NO_FILTERS },
      backTo: "Back to the register",
      extra: [
        field("How it stands", status),
        field("Since, the first day of the term where empty", since),
        el(
          "div",
          { class: "tick" },
          unknown,
          el("label", { for: unknown.id }, "It may name assets that the catalogue does not have"),
        ),
      ],
      save: "Put it in the register",
    };
  }

  protected override done(): void {
    super.done();
    standing = null;
  }

  protected override again(): Promise<void> {
    return showNew(this.main);
  }

  protected override async schedules(terms: Terms): Promise<[service.Schedule, service.Schedule]> {
    return [NOTHING, await service.scheduleOf(terms, this.standing.status.value)];
  }

  protected override write(terms: Terms, reason: string): Promise<string> {
    const { status, since, unknown } = this.standing;
    return service.add(terms, status.value, since.value, reason, unknown.checked);
  }
}
