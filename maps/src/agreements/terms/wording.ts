/** How the form calls the fields of terms, and in which parts it shows them. Pure. */

import { label, unit } from "../../format.ts";
import { capital } from "./shapes.ts";

export interface Part {
  title: string;
  names: string[];
}

const PARTS: Part[] = [
  {
    title: "The agreement",
    names: ["ref", "title", "kind", "valuation_basis", "signed", "procured", "nation", "currency"],
  },
  { title: "Parties", names: ["parties"] },
  { title: "Term", names: ["term", "extensions", "breaks"] },
  {
    title: "Assets and rights",
    names: ["assets", "exclusivity", "sharing", "handover_clause", "obligations"],
  },
  { title: "Payment", names: ["payment", "vat", "deposit"] },
  { title: "Charges and costs", names: ["charges", "costs"] },
  { title: "For an appraisal", names: ["benefits", "loans"] },
  { title: "Quantities that charges count", names: ["volumes"] },
  { title: "Indexation and reviews", names: ["index_rules", "market_reviews"] },
];

const TITLES: Record<string, string> = {
  ref: "Reference",
  vat: "VAT",
  by: "Who may use it",
  notice: "Length of notice",
  notice_unit: "Notice is counted in",
  on: "On the day",
  not_before: "At any time, not before",
  not_more_than: "Notice no longer before than",
  counts_for: "Not before counts for",
  months: "Length in months",
  last_day: "Last day",
  until: "Guarantor until",
  timing: "Due in",
  due_days: "Days until it is due",
  of: "Of",
  by_year: "By contract year",
  kwh_per_unit: "Energy a year for each unit [kWh]",
  length_m: "Length [m]",
  area_m2: "Area [m²]",
  counts: "Counts against it",
  "SharingUplift.of": "Of which charge",
  "RevenueShare.of": "Of which volume",
  "Volume.of": "So much for each of the volume",
  "IndexRule.of": "Indices compared",
  "Term.start": "First day",
  "performance.first": "First day",
  "performance.last": "Last day",
  "spend.first": "First day",
  "spend.last": "Last day",
  amount_gbp: "Amount [GBP]",
  limit_gbp: "Limit [GBP]",
  "cap.of": "Limit of",
  chosen: "Chosen",
  is_inside_law: "Procurement law applies",
  procured_on: "First day of the procurement",
  initial_gbp: "Initial value [GBP]",
  "modification.value_gbp": "Value [GBP]",
  "modification.months": "Months added to the term",
  alters_nature: "It alters the overall nature",
  notice_id: "Number of the published notice",
  "notice.notice": "Number of the notice",
  due: "Due",
  published_on: "Published on",
  published_id: "Published as",
  manager_email: "The manager\u2019s e-mail",
  "meeting.on": "Day of the meeting",
  handover_clause: "Users are handed over to an operator that has coverage",
  payment: "How it is paid",
  operator_gbp_per_node: "What operators pay a node [GBP a year]",
  guarantee_gbp: "Guarantee [GBP a year]",
  share: "Share of what operators pay",
  upfront_gbp: "Paid at once [GBP]",
  threshold_gbp: "The share is of what operators pay above [GBP a year]",
  council_gbp_per_year: "The council\u2019s own costs [GBP a year]",
  fee_gbp_per_node: "Fee for a node [GBP a year]",
  preparation_gbp: "Preparing the assets [GBP, at once]",
  capital_gbp_per_node: "Building a node [GBP]",
  running_gbp_per_node: "Running a node [GBP a year]",
  replaced_after_years: "Equipment is replaced after [years]",
  operators_per_node: "Operators on a node",
  "Asked.nodes": "Nodes",
  "Asked.nodes_source": "Source of the roll-out",
  "Asked.prices": "All amounts are in prices of, such as 2026/27",
  "Asked.concession": "Concession with guarantee and share",
  "Asked.open_access": "Open access, licence for each node",
  "Asked.own_and_operate": "Own and operate",
  "Asked.neutral_host": "Neutral host",
  "Asked.ranges": "Ranges other than the usual ones",
  free: "Rent-free times",
  "Benefit.by_year": "By contract year, in prices of the first [GBP]",
  "Benefit.rate": "For each of the volume and year, in prices of the first [GBP]",
  drawn: "Drawn on",
};

/** One of a list. */
const ONE: Record<string, string> = {
  attendees: "person",
  options: "option",
  actions: "action",
  parties: "party",
  charges: "charge",
  costs: "cost",
  breaks: "break option",
  extensions: "extension option",
  assets: "asset",
  volumes: "volume",
  benefits: "benefit",
  loans: "loan",
  index_rules: "index rule",
  market_reviews: "market review",
  obligations: "obligation",
  steps: "step",
  free: "rent-free time",
  tiers: "tier",
  spans: "span of duct",
  tariff: "tariff band",
  milestones: "milestone",
  by_year: "year",
  counts: "counted charge",
  of: "index",
};

/** Which list a name is taken from. */
const NAMES_FROM: Record<string, string> = {
  index: "index_rules",
  volume: "volumes",
  counts: "charges",
  "SharingUplift.of": "charges",
  "RevenueShare.of": "volumes",
  "Volume.of": "volumes",
};
export const NAMED = ["index_rules", "volumes", "charges"];

/** The parts of the form; what no part has comes last, so that no field is left out. */
export function partsOf(names: string[]): Part[] {
  const placed = new Set(PARTS.flatMap((part) => part.names));
  const rest = names.filter((name) => !placed.has(name));
  const known = PARTS.map(({ title, names: its }) => ({
    title,
    names: its.filter((name) => names.includes(name)),
  }));
  return [...known, { title: "Other", names: rest }].filter((part) => part.names.length > 0);
}

export function titleOf(record: string, name: string): string {
  const known = TITLES[`${record}.${name}`] ?? TITLES[name];
  if (known !== undefined) return known;
  const its = unit(name);
  return its === null ? label(name) : `${label(name)} [${its}]`;
}

export function oneOf(name: string): string {
  return ONE[name] ?? "entry";
}

export function namesFrom(record: string, name: string): string | null {
  return NAMES_FROM[`${record}.${name}`] ?? NAMES_FROM[name] ?? null;
}

/** What an entry of a list is about: its name or reference, and its kind. */
export function aboutEntry(value: unknown): string {
  if (typeof value !== "object" || value === null) return "";
  const given = value as Record<string, unknown>;
  const title = given.name ?? given.ref ?? given.on ?? given.first ?? given.months;
  const kind = given.type ?? given.role ?? given.by;
  const words = typeof kind === "string" ? kind.replaceAll("-", " ") : "";
  if (title === undefined) return capital(words);
  return words === "" ? String(title) : `${String(title)} (${words})`;
}
