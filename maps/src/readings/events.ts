/** Server-Sent Events out of pieces of text. Pure. Source: HTML Living Standard, section 9.2.6. */

export interface ServerEvent {
  name: string;
  data: string;
}

/** An event longer than this is no event of ours [characters]. */
const MOST_CHARACTERS = 5_000_000;

export class EventReader {
  /** The id that was read last; kept for events that have none. */
  lastId: string | null = null;
  /** How long to wait before coming again [ms]. */
  retry_ms = 3_000;
  private rest = "";
  private name = "";
  private data: string[] = [];
  private id: string | null = null;

  /** The events that end in this piece. */
  read(piece: string): ServerEvent[] {
    const lines = (this.rest + piece).split("\n");
    this.rest = lines.pop() ?? "";
    if (this.rest.length > MOST_CHARACTERS) throw new Error("an event is too long");
    return lines.flatMap((line) => this.line(line.replace(/\r$/, "")));
  }

  private line(line: string): ServerEvent[] {
    if (line === "") return this.end();
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === "event") this.name = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id" && !value.includes("\0")) this.id = value;
    else if (field === "retry" && /^\d{1,6}$/.test(value)) this.retry_ms = Number(value);
    return [];
  }

  private end(): ServerEvent[] {
    if (this.id !== null) this.lastId = this.id;
    const told = { name: this.name || "message", data: this.data.join("\n") };
    const isEvent = this.data.length > 0;
    this.name = "";
    this.data = [];
    this.id = null;
    return isEvent ? [told] : [];
  }
}
