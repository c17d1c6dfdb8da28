/** What the service tells of street lighting, and its words for it. Pure. */

export type Status =
  | "lamp-failure"
  | "day-burner"
  | "on-wrongly"
  | "off-wrongly"
  | "gateway-silent"
  | "no-contact"
  | "as-expected"
  | "regime-unknown"
  | "no-readings";

export interface Lamp {
  asset_id: string;
  lamppost: string;
  street: string;
  units: string[];
  gateway: string;
  lamp_w: number | null;
  regime: string | null;
  status: Status;
  since: string | null;
  findings: { kind: string; since: string | null; detail: string }[];
  faults: string[];
  mismatches: string[];
  metered_kwh: number | null;
  expected_kwh: number | null;
  last_at: string | null;
  left_out: number;
}

export interface Gateway {
  gateway: string;
  lamps: number;
  last_at: string | null;
  is_silent: boolean;
}

export interface Unit {
  id: number;
  system: string;
  ref: string;
  column_ref: string;
  street: string;
  reason: string;
}

export interface Bare {
  number: number;
  asset_id: string;
  source: string;
  ref: string;
  street: string;
}

export interface Sharing {
  unit: number;
  system: string;
  unit_ref: string;
  asset_id: string;
  lamppost: string;
  matched_by: string;
  others: string[];
}

export interface Mismatches {
  units: Unit[];
  next_unit: number | null;
  lampposts: Bare[];
  next_lamppost: number | null;
  shared: Sharing[];
  next_shared: number | null;
}

export const STATUS_WORDS: Record<Status, string> = {
  "lamp-failure": "Failed",
  "day-burner": "Burns by day",
  "on-wrongly": "On while it should be off",
  "off-wrongly": "Dark while it should burn",
  "gateway-silent": "Not known: its gateway is silent",
  "no-contact": "Not known: its node is silent",
  "as-expected": "As expected",
  "regime-unknown": "No regime or position to judge by",
  "no-readings": "No readings of the lamp",
};

const BAD: readonly Status[] = ["lamp-failure", "day-burner", "on-wrongly", "off-wrongly"];

export function isBad(status: Status): boolean {
  return BAD.includes(status);
}

/** The status, and what is not looked at since it could tell of a person. */
export function statusText({ status, left_out }: Lamp): string {
  const words = STATUS_WORDS[status];
  return left_out > 0 ? `${words}; of personal risk and left out: ${left_out}` : words;
}

/** What was metered against what was expected, and the finding where they differ too much. */
export function energyText(lamp: Lamp): string {
  if (lamp.metered_kwh === null || lamp.expected_kwh === null) return "Not metered";
  const both = `${lamp.metered_kwh.toFixed(2)} of ${lamp.expected_kwh.toFixed(2)} kWh`;
  if (lamp.findings.some(({ kind }) => kind === "energy-high")) return `${both}: too much`;
  if (lamp.findings.some(({ kind }) => kind === "energy-low")) return `${both}: too little`;
  return both;
}
