/** Says now and then, politely, what has changed: one sentence for many changes. */

import { el } from "../dom.ts";

const EVERY_MS = 30_000;

export class Summary {
  readonly element = el("p", { class: "quiet", role: "status" });
  private changed = 0;
  private timer: number | undefined;

  /** `standing` tells how things stand, whatever has changed. */
  constructor(private readonly standing: () => string) {}

  count(changes: number): void {
    this.changed += changes;
    this.timer ??= window.setTimeout(() => {
      const values = this.changed === 1 ? "1 value" : `${this.changed} values`;
      this.say(`${values} changed in the last half minute. ${this.standing()}`);
    }, EVERY_MS);
  }

  /** Say it now. */
  say(text = this.standing()): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.changed = 0;
    this.element.textContent = text;
  }
}
