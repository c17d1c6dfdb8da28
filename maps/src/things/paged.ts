/** A table whose rows come from the service a page at a time. */

import { type Column, wide } from "../agreements/tables.ts";
import { announce, button, el } from "../dom.ts";

/** So many pages without a row are asked for at a press: then the person decides. */
const MOST_EMPTY = 5;

export interface Page<Row, Mark> {
  rows: Row[];
  /** Where the next page begins; null where there is none. */
  next: Mark | null;
}

/** Asks for the page that begins at a mark; null for the first. */
export type Asks<Row, Mark> = (mark: Mark | null) => Promise<Page<Row, Mark>>;

/** `none` is said where there is no row at all. */
export async function paged<Row, Mark>(
  caption: string,
  columns: Column<Row>[],
  asks: Asks<Row, Mark>,
  none: string,
): Promise<HTMLElement> {
  const body = el("tbody");
  const told = el("p");
  let mark: Mark | null = null;
  let isMore = true;
  const add = async (): Promise<void> => {
    const before = body.rows.length;
    for (let page = 0; page < MOST_EMPTY && isMore && body.rows.length === before; page += 1) {
      const { rows, next }: Page<Row, Mark> = await asks(mark);
      body.append(...rows.map((row) => line(columns, row)));
      mark = next;
      isMore = next !== null;
    }
    const count = body.rows.length;
    table.hidden = count === 0;
    more.hidden = !isMore;
    told.textContent =
      count === 0 && !isMore ? none : `${count} shown${isMore ? ", there may be more" : ""}`;
  };
  const next = async (): Promise<void> => {
    const first = body.rows.length;
    more.disabled = true;
    await add();
    more.disabled = false;
    announce(told.textContent ?? "");
    const row = body.rows[first];
    if (row === undefined) return;
    row.tabIndex = -1;
    row.focus();
  };
  const more = button("Show more", () => void next());
  const heads = columns.map(({ name, isNumber }) =>
    el("th", { scope: "col", class: isNumber ? "number" : null }, name),
  );
  const head = el("thead", {}, el("tr", {}, ...heads));
  const table = wide(caption, el("table", {}, el("caption", {}, caption), head, body));
  await add();
  return el("div", { class: "results" }, told, table, more);
}

/** Every row, for a file. */
export async function all<Row, Mark>(asks: Asks<Row, Mark>): Promise<Row[]> {
  const found: Row[] = [];
  let mark: Mark | null = null;
  do {
    const page: Page<Row, Mark> = await asks(mark);
    found.push(...page.rows);
    mark = page.next;
  } while (mark !== null);
  return found;
}

function line<Row>(columns: Column<Row>[], row: Row): HTMLTableRowElement {
  const cells = columns.map(({ value, show, isNumber }, at) => {
    const shown = show ? show(row) : String(value(row) ?? "");
    return el(at === 0 ? "th" : "td", at === 0 ? { scope: "row" } : look(isNumber), shown);
  });
  return el("tr", {}, ...cells);
}

const look = (isNumber: boolean | undefined) => ({ class: isNumber ? "number" : null });
