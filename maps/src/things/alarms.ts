/** Alarms that stand, by Thing: the place for them in the list and on a Thing's page. */

/** How many alarms each Thing has; null while the service has no alarms to ask for. */
export async function alarmsByThing(): Promise<Map<number, number> | null> {
  return null;
}
