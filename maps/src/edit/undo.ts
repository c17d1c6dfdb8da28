/** Saved changes that can be taken back, newest first. */

export interface Undoable {
  label: string;
  id: string;
  /** The asset's ETag before and after the change. */
  before: string;
  after: string;
  /** Take it back, given the ETag the asset has now; its ETag afterwards. */
  run: (etag: string) => Promise<string>;
}

const MOST_KEPT = 50;

export class UndoStack {
  private entries: Undoable[] = [];

  get top(): Undoable | null {
    return this.entries.at(-1) ?? null;
  }

  push(entry: Undoable): void {
    this.entries = [...this.entries, entry].slice(-MOST_KEPT);
  }

  clear(): void {
    this.entries = [];
  }

  /**
   * Take back the newest change. It stays on the stack where `run` fails.
   *
   * What was taken back is a newer version with the older content: earlier changes of the
   * same asset continue from its ETag.
   */
  async undo(): Promise<void> {
    const { top } = this;
    if (top === null) return;
    const now = await top.run(top.after);
    this.entries = this.entries
      .filter((each) => each !== top)
      .map((each) =>
        each.id === top.id && each.after === top.before ? { ...each, after: now } : each,
      );
  }
}
