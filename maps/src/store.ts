/** The page's state, and who wants to know when it changes. */

import type { PageState } from "./address.ts";

type Listener = (now: PageState, before: PageState) => void;

export class Store {
  private readonly listeners: Listener[] = [];

  constructor(private current: PageState) {}

  get state(): PageState {
    return this.current;
  }

  set(change: Partial<PageState>): void {
    const before = this.current;
    this.current = { ...before, ...change };
    for (const listener of this.listeners) listener(this.current, before);
  }

  subscribe(listener: Listener): void {
    this.listeners.push(listener);
  }
}
