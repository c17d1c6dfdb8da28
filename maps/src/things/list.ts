/** Things as a list that filters and sorts: those with gaps, batteries and alarms stand out. */

import { choice, field, submits, wide } from "../agreements/tables.ts";
import { announce, button, el } from "../dom.ts";
import { moment } from "../format.ts";
import { written } from "../readings/looks.ts";
import * as service from "../readings/service.ts";
import { KINDS, kindLabel } from "../symbology.ts";
import { type Filters, ONLY, queryOf, type Sort, sortAfter, toHash } from "./address.ts";
import { alarmsByThing } from "./alarms.ts";

const PAGE = 100;

interface Listed {
  name: string;
  /** What the service sorts by; null where it does not. */
  sort: Sort | null;
  show: (thing: service.Overview) => Node | string;
  isNumber?: boolean;
}

const BATTERY_WORDS = { low: "Low", falling: "Falling", fine: "Fine", unknown: "Not known" };
const ONLY_WORDS = {
  all: "All",
  silent: "With silent datastreams",
  battery: "With a low or falling battery",
};

export function batteryText(battery: service.Battery | null): string {
  if (battery === null) return "None reported";
  const left =
    battery.state === "falling" && battery.days_left !== null
      ? `, low in ${Math.ceil(battery.days_left)} days`
      : "";
  return `${BATTERY_WORDS[battery.state]}: ${written(battery.value, battery.unit)}${left}`;
}

/** Show the list. Alarms have a column where the service knows of any. */
export async function showList(place: HTMLElement, filters: Filters): Promise<void> {
  const alarms = await alarmsByThing();
  const columns: Listed[] = [
    {
      name: "Thing",
      sort: "name",
      show: ({ thing, name }) =>
        el("a", { href: toHash({ name: "thing", thing, stream: null, span: "day" }) }, name),
    },
    { name: "On", sort: null, show: ({ kind }) => (kind === null ? "Not told" : kindLabel(kind)) },
    {
      name: "Datastreams",
      sort: null,
      show: ({ datastreams }) => String(datastreams),
      isNumber: true,
    },
    {
      name: "Silent",
      sort: "silent",
      show: ({ silent }) => (silent === 0 ? "None" : el("strong", {}, `${silent} silent`)),
    },
    { name: "Battery", sort: "battery", show: ({ battery }) => batteryText(battery) },
    ...(alarms === null
      ? []
      : [
          {
            name: "Alarms",
            sort: null,
            show: ({ thing }: service.Overview) => String(alarms.get(thing) ?? 0),
            isNumber: true,
          },
        ]),
    {
      name: "Last heard",
      sort: "last_at",
      show: ({ last_at }) => (last_at === null ? "Never" : moment(last_at)),
    },
  ];
  const list = new List(columns, filters);
  await list.load();
  place.replaceChildren(el("h2", {}, "Things"), filterForm(filters), list.element);
}

function filterForm(filters: Filters): HTMLElement {
  const name = el("input", { type: "search", value: filters.q, maxlength: 200 });
  const kinds: [string, string][] = [
    ["", "Any"],
    ...KINDS.map(({ kind, label }): [string, string] => [kind, label]),
  ];
  const kind = choice("kind", kinds, filters.kind);
  const only = choice(
    "only",
    ONLY.map((each): [string, string] => [each, ONLY_WORDS[each]]),
    filters.only,
  );
  const form = el(
    "form",
    { class: "filters", role: "search", "aria-label": "Things" },
    field("Part of a name", name),
    field("On a kind of asset", kind),
    field("What needs care", only),
    el("button", { type: "submit", class: "main" }, "Show"),
  );
  return submits(form, async () => {
    const chosen = ONLY.find((each) => each === only.value) ?? "all";
    const wanted = { ...filters, q: name.value.trim(), kind: kind.value, only: chosen };
    location.hash = toHash({ name: "list", filters: wanted });
  });
}

class List {
  readonly element = el("div", { class: "results" });
  private readonly told = el("p");
  private readonly body = el("tbody");
  private readonly more = button("", () => void this.next());
  private readonly heads: HTMLElement[];
  private readonly table: HTMLElement;

  constructor(
    private readonly columns: Listed[],
    private filters: Filters,
  ) {
    this.heads = columns.map(({ name, sort, isNumber }) => {
      const inside = sort === null ? name : button(name, () => this.order(sort), { class: "link" });
      return el("th", { scope: "col", class: isNumber ? "number" : null }, inside);
    });
    const head = el("thead", {}, el("tr", {}, ...this.heads));
    this.table = wide("Things", el("table", {}, el("caption", {}, "Things"), head, this.body));
    this.element.append(this.told, this.table, this.more);
  }

  async load(): Promise<void> {
    this.body.replaceChildren();
    this.markOrder();
    await this.add();
  }

  private async next(): Promise<void> {
    const first = this.body.rows.length;
    await this.add();
    this.body.rows[first]?.querySelector("a")?.focus();
  }

  private async add(): Promise<void> {
    const query = queryOf(this.filters);
    query.set("skip", String(this.body.rows.length));
    query.set("limit", String(PAGE));
    const { things, total } = await service.overviews(query.toString());
    this.body.append(...things.map((thing) => this.row(thing)));
    const shown = this.body.rows.length;
    this.table.hidden = total === 0;
    this.more.hidden = shown >= total;
    this.more.textContent = `Show ${Math.min(PAGE, total - shown)} more`;
    const noun = total === 1 ? "Thing" : "Things";
    const all = total.toLocaleString("en-GB");
    this.told.textContent =
      total === 0
        ? "No Thing is as asked, or none that you may see."
        : shown < total
          ? `The first ${shown} of ${all} ${noun}`
          : `${all} ${noun}`;
    announce(this.told.textContent);
  }

  private row(thing: service.Overview): HTMLTableRowElement {
    const cells = this.columns.map(({ show, isNumber }, at) => {
      const look = isNumber ? "number" : null;
      return at === 0
        ? el("th", { scope: "row", class: look }, show(thing))
        : el("td", { class: look }, show(thing));
    });
    return el("tr", {}, ...cells);
  }

  /** Sort by another column. The address follows, and what has the focus keeps it. */
  private order(pressed: Sort): void {
    this.filters = sortAfter(this.filters, pressed);
    history.pushState(null, "", toHash({ name: "list", filters: this.filters }));
    void this.load();
  }

  private markOrder(): void {
    const { sort, isReversed } = this.filters;
    this.heads.forEach((head, at) => {
      if (this.columns[at]?.sort === sort)
        head.setAttribute("aria-sort", isReversed ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  }
}
