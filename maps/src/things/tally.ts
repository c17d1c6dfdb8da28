/** Alarms, counted. Pure. */

export interface Alarm {
  id: number;
  title: string;
  severity: "info" | "warning" | "critical";
  state: "pending" | "raised" | "acknowledged" | "cleared";
  stream: string;
  thing_id: number | null;
  since: string;
  acknowledged_by: string | null;
}

export function tally(alarms: readonly Alarm[]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const { thing_id } of alarms) {
    if (thing_id !== null) counts.set(thing_id, (counts.get(thing_id) ?? 0) + 1);
  }
  return counts;
}
