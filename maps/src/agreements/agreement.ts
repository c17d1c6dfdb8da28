/** One agreement: facts, timeline, cash, what matters most, alerts, history, and changes. */

import { ApiProblem } from "../api.ts";
import { announce, button, el } from "../dom.ts";
import { moment, value } from "../format.ts";
import { accounts } from "./accounts.ts";
import { toHash } from "./address.ts";
import { alertDays, alertList } from "./alerts.ts";
import { bars, tornadoChart } from "./charts.ts";
import { addForm, changeForm, documents } from "./documents.ts";
import { entries, withdrawalForm } from "./entries.ts";
import { filledWhenOpened, governance, governanceForms } from "./governance.ts";
import { dayText, pounds, shortPounds } from "./money.ts";
import { notingForm } from "./noting.ts";
import { modificationForm, procurement, routeForm } from "./procurement.ts";
import { STATUSES } from "./register.ts";
import * as service from "./service.ts";
import { choice, compared, field, save, sortable, submits } from "./tables.ts";
import { timelineChart } from "./timeline.ts";
import { words } from "./words.ts";

const XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/** A change of status that somebody typed before the agreement was read again. */
interface TypedStatus {
  status: string;
  since: string;
  reason: string;
}

export async function showAgreement(
  place: HTMLElement,
  ref: string,
  typed?: TypedStatus,
): Promise<void> {
  const held = await service.agreement(ref);
  const { agreement } = held;
  const again = (kept?: TypedStatus): void => void showAgreement(place, ref, kept);
  const sections = {
    days: section("Timeline"),
    alerts: section("To be done"),
    cash: section("Cash flow"),
    accounts: section("Accounts"),
    unsure: section("What matters most"),
    governance: section("Governance"),
    procurement: section("Route to market"),
    noted: section("On record"),
    documents: section("Documents"),
    history: section("History"),
  };
  const forms = changes(held, again, typed);
  place.replaceChildren(
    el("p", {}, el("a", { href: "#/" }, "All agreements")),
    el("h2", {}, `${agreement.ref}: ${agreement.title}`),
    facts(agreement),
    ...Object.values(sections),
    forms,
  );
  if (typed !== undefined) place.querySelector<HTMLElement>("details[open] select")?.focus();
  const todo = service.alerts(ref);
  const keeps = isKeeper(todo);
  await Promise.all([
    keeps.then((isSo) => {
      if (!isSo) forms.remove();
    }),
    filled(sections.days, () => days(ref, todo)),
    filled(sections.alerts, async () => [alertTable("Alerts of the agreement", await todo)]),
    filled(sections.cash, () => cash(agreement)),
    filled(sections.accounts, () => accounts(ref)),
    filled(sections.unsure, () => unsure(ref)),
    filled(sections.governance, () => governance(ref)),
    filled(sections.procurement, () => procurement(ref)),
    filled(sections.noted, () => entries(ref)),
    filled(sections.documents, async () => documents(ref, await keeps)),
    filled(sections.history, () => history(ref)),
  ]);
}

function section(title: string): HTMLElement {
  return el("section", { "aria-label": title, class: "part" }, el("h3", {}, title));
}

/** What may not be seen, or cannot be told, is said in its section; the others stay. */
export async function filled(part: HTMLElement, make: () => Promise<Node[]>): Promise<void> {
  part.setAttribute("aria-busy", "true");
  try {
    part.append(...(await make()));
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    part.append(el("p", { class: "empty" }, error.message));
  } finally {
    part.removeAttribute("aria-busy");
  }
}

/** Whether somebody may change it: operators are told no alerts. */
function isKeeper(todo: Promise<service.Alert[]>): Promise<boolean> {
  return todo.then(
    () => true,
    (error) => {
      if (!(error instanceof ApiProblem)) throw error;
      return false;
    },
  );
}

/** Operators are told no alerts: for them there are none. */
function untold(error: unknown): service.Alert[] {
  if (!(error instanceof ApiProblem)) throw error;
  return [];
}

function facts(agreement: service.Agreement): HTMLElement {
  const pairs: [string, string][] = [
    ["Kind", words(agreement.kind)],
    ["Status", `${words(agreement.status)} since ${dayText(agreement.status_on)}`],
    ["Term", `${dayText(agreement.starts_on)} to ${dayText(agreement.ends_on)}`],
    ["With every extension", `to ${dayText(agreement.latest_end)}`],
    ...agreement.parties.map(({ role, name }): [string, string] => [words(role), name]),
    ["Hand-off clause", agreement.handover_clause ? "yes" : "no"],
    ["Assets", agreement.asset_count.toLocaleString("en-GB")],
    ["Version", `${agreement.version}, of ${moment(agreement.updated_at)}`],
  ];
  return el(
    "dl",
    { class: "facts" },
    ...pairs.flatMap(([name, told]) => [el("dt", {}, name), el("dd", {}, told)]),
  );
}

/** The timeline, with what is to be done where this person may know it. */
async function days(ref: string, todo: Promise<service.Alert[]>): Promise<Node[]> {
  const [known, alerts] = await Promise.all([service.timeline(ref), todo.catch(untold)]);
  const found = [...known, ...alertDays(alerts)].sort((one, other) => compared(one.day, other.day));
  return [
    timelineChart(`Timeline of ${ref}`, found),
    sortable(
      "Days of the agreement",
      [
        { name: "Day", value: ({ day }) => day, show: ({ day }) => dayText(day) },
        {
          name: "Until",
          value: ({ until }) => until,
          show: ({ until }) => (until === null ? "" : dayText(until)),
        },
        { name: "What", value: ({ kind }) => words(kind) },
        { name: "In words", value: ({ text }) => text },
      ],
      found,
    ),
  ];
}

export function alertTable(caption: string, found: service.Alert[], withRef = false): HTMLElement {
  return alertList(caption, found, withRef, service.today());
}

async function cash({ ref }: service.Agreement): Promise<Node[]> {
  const found = await service.schedule(ref);
  if (found.reason !== null) return [el("p", { class: "empty" }, found.reason)];
  const byYear = new Map<string, [income: number, cost: number]>();
  for (const { year, income_pence, cost_pence } of found.financial_years) {
    const [income, cost] = byYear.get(year) ?? [0, 0];
    byYear.set(year, [income + income_pence, cost + cost_pence]);
  }
  const years = [...byYear.keys()].sort();
  const income = years.map((year) => byYear.get(year)?.[0] ?? 0);
  const cost = years.map((year) => -(byYear.get(year)?.[1] ?? 0));
  const running = new Map<service.Year, number>();
  const reached: Record<string, number> = {}; // revenue and capital are never summed
  for (const row of found.financial_years) {
    const sum = (reached[row.account] ?? 0) + row.income_pence - row.cost_pence;
    reached[row.account] = sum;
    running.set(row, sum);
  }
  const total = income.reduce((sum, each) => sum + each, 0);
  const revenue = found.financial_years.filter(({ account }) => account === "revenue");
  const reachedBy = new Map(revenue.map((row) => [row.year, running.get(row) ?? 0]));
  let last = 0;
  const line = years.map((year) => {
    last = reachedBy.get(year) ?? last;
    return last;
  });
  return [
    bars(
      `Cash of ${ref} by financial year`,
      `Income ${pounds(total)} over ${years.length} years; the tables below have every figure.`,
      years,
      [
        { name: "income", look: "income", values: income },
        { name: "cost", look: "cost", values: cost },
      ],
      { name: "net revenue since the start", values: line },
    ),
    legend([
      ["income", "Income that falls due"],
      ["cost", "Cost that falls due"],
      ["line", "Net revenue since the start (scale on the right)"],
    ]),
    sortable(
      "By financial year, each year's own money, without VAT",
      [
        { name: "Year", value: ({ year }) => year },
        { name: "Account", value: ({ account }) => words(account) },
        {
          name: "Income",
          value: (row) => row.income_pence,
          show: (row) => pounds(row.income_pence),
          isNumber: true,
        },
        {
          name: "Cost",
          value: (row) => row.cost_pence,
          show: (row) => pounds(row.cost_pence),
          isNumber: true,
        },
        {
          name: "Net",
          value: (row) => row.income_pence - row.cost_pence,
          show: (row) => pounds(row.income_pence - row.cost_pence),
          isNumber: true,
        },
        {
          name: "Net since the start",
          value: (row) => running.get(row) ?? 0,
          show: (row) => pounds(running.get(row) ?? 0),
          isNumber: true,
        },
      ],
      found.financial_years,
    ),
    el(
      "details",
      {},
      el("summary", {}, `Dated schedule, ${found.lines.length.toLocaleString("en-GB")} amounts`),
      schedule(found.lines),
    ),
    button("Save as a workbook", () => void saveWorkbook(ref)),
    sources(found.sources),
  ];
}

export function schedule(lines: service.ScheduleLine[]): HTMLElement {
  return sortable(
    "Dated schedule",
    [
      { name: "Due", value: ({ due }) => due, show: ({ due }) => dayText(due) },
      { name: "For", value: ({ first }) => first, show: (l) => `${l.first} to ${l.last}` },
      { name: "Charge", value: ({ charge }) => charge },
      { name: "What", value: ({ side, what }) => `${words(side)}, ${what}` },
      { name: "Net", value: (l) => l.net_pence, show: (l) => pounds(l.net_pence), isNumber: true },
      { name: "VAT", value: (l) => l.vat_pence, show: (l) => pounds(l.vat_pence), isNumber: true },
      { name: "Assumed", value: ({ assumed }) => (assumed ? "yes" : "") },
    ],
    lines,
  );
}

async function saveWorkbook(ref: string): Promise<void> {
  try {
    save(`${ref.replaceAll(/[^\w.-]+/g, "-")}.xlsx`, await service.workbook(ref), XLSX);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    announce(error.message);
  }
}

async function unsure(ref: string): Promise<Node[]> {
  const found = await service.tornado(ref);
  return [spread(found), ...tornado(ref, found), sources(found.sources)];
}

export function spread(found: service.Simulated): HTMLElement {
  const { p10_pence, p50_pence, p90_pence } = found.npv;
  return el(
    "p",
    {},
    `Present value in real terms: P10 ${pounds(p10_pence)}, P50 ${pounds(p50_pence)}, P90 ` +
      `${pounds(p90_pence)}; with nothing drawn ${pounds(found.base_npv_pence)}. Probability of ` +
      `loss ${(100 * found.probability_of_loss).toFixed(1)} %. ` +
      `${found.draws.toLocaleString("en-GB")} draws, seed ${found.seed}.`,
  );
}

export function tornado(name: string, found: service.Simulated): Node[] {
  if (found.tornado.length === 0) {
    return [
      el("p", { class: "empty" }, "All of it is certain: nothing hangs on take-up or price."),
    ];
  }
  const swings = found.tornado.map(({ factor, low_pence, high_pence }) => ({
    name: words(factor),
    low: low_pence,
    high: high_pence,
  }));
  return [
    tornadoChart(
      `What the present value of ${name} hangs on`,
      swings.map((s) => `${s.name}: ${shortPounds(s.low)} to ${shortPounds(s.high)}`).join("; "),
      found.base_npv_pence,
      swings,
    ),
    legend([
      ["cost", "At its tenth percentile"],
      ["income", "At its ninetieth"],
    ]),
    sortable(
      "Present value with one input low or high, others at their base",
      [
        { name: "Input", value: (s) => s.name },
        { name: "P10 of it", value: (s) => s.low, show: (s) => pounds(s.low), isNumber: true },
        { name: "P90 of it", value: (s) => s.high, show: (s) => pounds(s.high), isNumber: true },
        {
          name: "Swing",
          value: (s) => Math.abs(s.high - s.low),
          show: (s) => pounds(Math.abs(s.high - s.low)),
          isNumber: true,
        },
      ],
      swings,
    ),
  ];
}

export function legend(entries: [look: string, text: string][]): HTMLElement {
  return el(
    "ul",
    { class: "legend" },
    ...entries.map(([look, text]) =>
      el("li", {}, el("span", { class: `swatch ${look}`, "aria-hidden": "true" }), text),
    ),
  );
}

export function sources(told: string[]): HTMLElement | Text {
  if (told.length === 0) return document.createTextNode("");
  return el(
    "details",
    { class: "sources" },
    el("summary", {}, "Sources"),
    el("ul", {}, ...told.map((each) => el("li", {}, each))),
  );
}

async function history(ref: string): Promise<Node[]> {
  const found = await service.history(ref);
  return [
    sortable(
      "Every change",
      [
        { name: "Version", value: ({ version }) => version, isNumber: true },
        { name: "When", value: ({ at }) => at, show: ({ at }) => moment(at) },
        { name: "Who", value: ({ author }) => author },
        { name: "Why", value: ({ reason }) => reason },
        {
          name: "What changed",
          value: (past) =>
            past.action === "added"
              ? "Added"
              : Object.keys(past.after)
                  .map((name) => `${words(name)}: ${value(name, past.after[name])}`)
                  .join("; "),
        },
      ],
      found,
    ),
  ];
}

function changes(
  held: service.Held,
  again: (kept?: TypedStatus) => void,
  typed: TypedStatus | undefined,
): HTMLElement {
  const wrong = el("p", { role: "alert", class: "wrong", tabindex: "-1" });
  const { ref } = held.agreement;
  const act: Act = async (change, done, keep) => {
    wrong.textContent = "";
    try {
      await change();
      announce(done);
      again();
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      wrong.textContent = error.message;
      wrong.focus();
      wrong.scrollIntoView({ block: "center" });
      if (error.status !== 412 || keep === undefined) return;
      wrong.append(
        " ",
        button("Read it again, and keep what I typed", () => again(keep())),
      );
    }
  };
  return el(
    "section",
    { class: "part", "aria-label": "Change it" },
    el("h3", {}, "Change it"),
    wrong,
    eventForm(held, act),
    statusForm(held, act, typed),
    termsLink(held),
    ...governanceForms(ref, act),
    filledWhenOpened("Note or correct something: performance, spend, a meeting, a notice", () =>
      notingForm(ref, again),
    ),
    withdrawalForm(ref, act),
    filledWhenOpened("Record the route to market", () => routeForm(ref, again)),
    filledWhenOpened("Record a change of the contract", () => modificationForm(ref, again)),
    addForm(ref, act),
    filledWhenOpened("Make a document public, withhold it, or take it back", () =>
      changeForm(ref, act),
    ),
  );
}

type Act = (change: () => Promise<void>, done: string, keep?: () => TypedStatus) => Promise<void>;

function eventForm({ agreement: { ref } }: service.Held, act: Act): HTMLElement {
  const kind = el("input", { required: true, maxlength: 100, list: "event-kinds" });
  const note = el("textarea", { required: true, maxlength: 4000, rows: 3 });
  const on = el("input", { type: "date" });
  const kinds = ["meeting", "letter", "notice", "inspection"];
  return el(
    "details",
    {},
    el("summary", {}, "Record an event"),
    submits(
      el(
        "form",
        { class: "stack" },
        field("Kind", kind),
        el("datalist", { id: "event-kinds" }, ...kinds.map((each) => el("option", {}, each))),
        field("What happened", note),
        field("Day, today where empty", on),
        el("button", { type: "submit", class: "main" }, "Record"),
      ),
      () => act(() => service.addEvent(ref, kind.value, note.value, on.value), "Recorded"),
    ),
  );
}

function statusForm(held: service.Held, act: Act, typed?: TypedStatus): HTMLElement {
  const options = STATUSES.filter((each) => each !== held.agreement.status && each !== "draft");
  const status = choice(
    "status",
    options.map((each): [string, string] => [each, words(each)]),
    typed?.status ?? "",
  );
  const since = el("input", { type: "date", value: typed?.since ?? "" });
  const reason = el("input", { maxlength: 4000, value: typed?.reason ?? "" });
  return el(
    "details",
    { open: typed !== undefined },
    el("summary", {}, "Change its status"),
    submits(
      el(
        "form",
        { class: "stack" },
        field("It is from now on", status),
        field("Since, today where empty", since),
        field("Reason", reason),
        el("button", { type: "submit", class: "main" }, "Change status"),
      ),
      () =>
        act(
          () => service.setStatus(held, status.value, since.value, reason.value),
          `It is ${status.value}`,
          () => ({ status: status.value, since: since.value, reason: reason.value }),
        ),
    ),
  );
}

function termsLink({ agreement: { ref } }: service.Held): HTMLElement {
  return el(
    "p",
    {},
    el("a", { class: "way", href: toHash({ name: "terms", ref }) }, "Edit its terms"),
  );
}
