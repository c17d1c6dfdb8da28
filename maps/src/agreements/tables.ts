/** Tables that sort by their headings, and the same as a CSV file. */

import { csvCell } from "../csv.ts";
import { announce, button, el, on } from "../dom.ts";

export type Cell = string | number | null;

export interface Column<Row> {
  name: string;
  /** What is sorted by, and goes into the file. */
  value: (row: Row) => Cell;
  /** What is shown, where that is not the value. */
  show?: (row: Row) => Node | string;
  isNumber?: boolean;
}

/** A table with a caption; a press on a heading sorts, another turns the order round. */
export function sortable<Row>(
  caption: string,
  columns: Column<Row>[],
  rows: Row[],
  isSortable = true,
): HTMLElement {
  const body = el("tbody");
  const heads = columns.map(({ name, isNumber }, at) => {
    const head = el("th", { scope: "col", class: isNumber ? "number" : null });
    head.append(isSortable ? button(name, () => sort(at), { class: "link" }) : name);
    return head;
  });
  let sorted = -1;
  let isRising = true;
  const sort = (at: number): void => {
    isRising = sorted === at ? !isRising : true;
    sorted = at;
    heads.forEach((head, which) => {
      if (which === at) head.setAttribute("aria-sort", isRising ? "ascending" : "descending");
      else head.removeAttribute("aria-sort");
    });
    const value = columns[at]?.value ?? (() => null);
    fill([...rows].sort((a, b) => (isRising ? 1 : -1) * compared(value(a), value(b))));
    announce(`Sorted by ${columns[at]?.name}, ${isRising ? "ascending" : "descending"}`);
  };
  const fill = (ordered: Row[]): void => {
    body.replaceChildren(
      ...ordered.map((row) =>
        el(
          "tr",
          {},
          ...columns.map(({ value, show, isNumber }, at) => {
            const shown = show ? show(row) : String(value(row) ?? "");
            const kind = isNumber ? "number" : null;
            return at === 0
              ? el("th", { scope: "row", class: kind }, shown)
              : el("td", { class: kind }, shown);
          }),
        ),
      ),
    );
  };
  fill(rows);
  const table = el(
    "table",
    {},
    el("caption", {}, caption),
    el("thead", {}, el("tr", {}, ...heads)),
    body,
  );
  return wide(caption, table);
}

/** A part of a page, with its heading. */
export function part(title: string, ...inside: (Node | string)[]): HTMLElement {
  return el("section", { class: "part", "aria-label": title }, el("h3", {}, title), ...inside);
}

/** Something wide: it scrolls by itself, also by the keyboard. */
export function wide(name: string, inside: Node): HTMLElement {
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": name }, inside);
}

/** Nothing comes last, whatever the order of what is there. */
export function compared(a: Cell, b: Cell): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a).localeCompare(String(b), "en-GB", { numeric: true });
}

export function csvOf<Row>(columns: Column<Row>[], rows: Row[]): string {
  const lines = rows.map((row) => columns.map(({ value }) => csvCell(value(row))).join(","));
  const head = columns.map(({ name }) => csvCell(name)).join(",");
  return `\ufeff${[head, ...lines].join("\r\n")}\r\n`;
}

/** Give the person a file. */
export function save(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  URL.revokeObjectURL(address);
}

/** A labelled field of a form. */
export function field<E extends HTMLElement>(label: string, input: E): HTMLElement {
  return el("label", { class: "field" }, el("span", {}, label), input);
}

export function choice(
  name: string,
  options: [value: string, label: string][],
  chosen: string,
): HTMLSelectElement {
  return el(
    "select",
    { name },
    ...options.map(([value, label]) => el("option", { value, selected: value === chosen }, label)),
  );
}

export function submits(form: HTMLFormElement, act: () => Promise<void>): HTMLFormElement {
  return on(form, {
    submit: (event) => {
      event.preventDefault();
      void act();
    },
  });
}
