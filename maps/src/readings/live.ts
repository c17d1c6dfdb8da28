/** Live values: one connection that comes again by itself, and goes on where it was. */

import * as api from "../api.ts";
import { ApiProblem } from "../api.ts";
import { EventReader } from "./events.ts";
import type { Result } from "./service.ts";

export interface Change {
  datastream: number;
  at: string;
  result: Result;
  flags: string[];
}

export interface Listening {
  /** Fetch newest values anew: it begins, or something was left out. */
  begin: () => void;
  take: (changes: Change[]) => void;
  /** What is wrong, in words; null where it is well again. */
  trouble: (told: string | null) => void;
}

const LONGEST_WAIT_MS = 60_000;
/** The service says something four times as often [ms]. */
const SILENCE_MS = 60_000;

/**
 * `EventSource` sends no token, so events are read from a fetched answer. It rests while the page
 * is not looked at.
 */
export class Live {
  private reader = new EventReader();
  private running: AbortController | null = null;
  private waiting: number | undefined;
  private failures = 0;
  private isWanted = false;

  constructor(
    private readonly query: string,
    private readonly to: Listening,
  ) {
    document.addEventListener("visibilitychange", this.look);
  }

  /** Begin, or go on. */
  start(): void {
    this.isWanted = true;
    if (this.running === null && !document.hidden) void this.listen();
  }

  pause(): void {
    this.isWanted = false;
    this.rest();
  }

  /** Pause for good. */
  close(): void {
    this.pause();
    document.removeEventListener("visibilitychange", this.look);
  }

  private readonly look = (): void => {
    if (document.hidden) this.rest();
    else if (this.isWanted) this.start();
  };

  private rest(): void {
    clearTimeout(this.waiting);
    this.running?.abort();
    this.running = null;
  }

  private async listen(): Promise<void> {
    const running = new AbortController();
    this.running = running;
    try {
      await this.read(running);
      this.failures = 0; // the service ends each after some minutes
    } catch (error) {
      if (running.signal.aborted && this.running !== running) return; // paused
      if (error instanceof ApiProblem && [401, 403].includes(error.status)) {
        this.to.trouble(error.message);
        this.running = null;
        return;
      }
      this.failures += 1;
      this.to.trouble("Live values are interrupted; trying again.");
    }
    if (this.running !== running) return;
    this.running = null;
    this.again();
  }

  private again(): void {
    const grown_ms = this.reader.retry_ms * 2 ** Math.min(this.failures, 10);
    const wait_ms = Math.min(LONGEST_WAIT_MS, this.failures === 0 ? 100 : grown_ms);
    const spread_ms = wait_ms * (0.5 + Math.random() / 2);
    this.waiting = window.setTimeout(() => this.isWanted && this.start(), spread_ms);
  }

  private async read(running: AbortController): Promise<void> {
    const { lastId } = this.reader;
    const headers: Record<string, string> = lastId === null ? {} : { "Last-Event-ID": lastId };
    const body = await api.stream(`iot/live?${this.query}`, headers, running.signal);
    const words = new TextDecoder();
    const source = body.getReader();
    let silence = window.setTimeout(() => running.abort(), SILENCE_MS);
    try {
      for (;;) {
        const { done, value } = await source.read();
        if (done) return;
        clearTimeout(silence);
        silence = window.setTimeout(() => running.abort(), SILENCE_MS);
        for (const event of this.reader.read(words.decode(value, { stream: true }))) {
          this.tell(event.name, JSON.parse(event.data));
        }
      }
    } finally {
      clearTimeout(silence);
    }
  }

  private tell(name: string, told: { goes_on?: boolean; changes?: Change[] }): void {
    if (name === "hello") {
      this.failures = 0;
      this.to.trouble(null);
      if (!told.goes_on) this.to.begin();
    } else if (name === "resync") this.to.begin();
    else if (name === "latest") this.to.take(told.changes ?? []);
  }
}
