/** Documents of an agreement: those that may be read, and forms to add, mark and withdraw them. */

import { ApiProblem } from "../api.ts";
import { announce, button, el, on } from "../dom.ts";
import { moment } from "../format.ts";
import { toHash } from "./address.ts";
import * as records from "./records.ts";
import { choice, field, save, sortable, submits } from "./tables.ts";
import { words } from "./words.ts";

type Act = (change: () => Promise<void>, done: string) => Promise<void>;
const KINDS = ["agreement", "lease", "licence", "deed of variation", "plan", "letter", "notice"];
const SEEN: [string, string][] = [
  ["exempt", "Withheld: only those who keep the register read it"],
  ["public", "Public: everybody reads it, without a token"],
];

/** The documents that may be read, each to be downloaded. */
export async function documents(ref: string, isKeeper: boolean): Promise<Node[]> {
  const found = await records.documents(ref);
  const open = found.some((each) => each.sensitivity === "public" && each.withdrawn_at === null);
  const address = new URL(toHash({ name: "documents", ref }), location.href).href;
  const told = isKeeper && open ? publicAddress(address) : [];
  if (found.length === 0) return [el("p", { class: "empty" }, "There is no document to read.")];
  return [documentTable(ref, found, isKeeper), ...told];
}

function publicAddress(address: string): Node[] {
  return [
    el(
      "p",
      {},
      "Public documents of an agreement that is in force or ended, for everybody: ",
      el("a", { href: address }, address),
    ),
  ];
}

function documentTable(ref: string, found: records.Document[], isKeeper: boolean): HTMLElement {
  const replaced = new Map(found.map(({ supersedes, id }) => [supersedes, id]));
  return sortable(
    "Files as they were added",
    [
      { name: "Number", value: ({ id }) => id, isNumber: true },
      { name: "Title", value: ({ title }) => title },
      { name: "Kind", value: ({ kind }) => words(kind) },
      {
        name: "File",
        value: ({ size_bytes }) => size_bytes,
        show: (each) =>
          button(`Download ${each.suffix.replace(".", "").toUpperCase()}, ${size(each)}`, () => {
            void download(ref, each);
          }),
      },
      ...(isKeeper
        ? [{ name: "Who reads it", value: (each: records.Document) => readBy(each, replaced) }]
        : []),
      {
        name: "Recorded",
        value: ({ recorded_at }) => recorded_at,
        show: ({ recorded_at, author }) =>
          moment(recorded_at) + (author === null ? "" : `, ${author}`),
      },
      {
        name: "SHA-256",
        value: ({ sha256 }) => sha256,
        show: ({ sha256 }) => el("span", { class: "code hash" }, sha256),
      },
    ],
    found,
  );
}

function readBy(each: records.Document, replaced: Map<number | null, number>): string {
  if (each.withdrawn_at !== null) return `Withdrawn: ${each.withdrawn_reason ?? ""}`;
  const later = replaced.get(each.id);
  const newer = later === undefined ? "" : `; superseded by ${later}`;
  return (each.sensitivity === "public" ? "Everybody" : "Withheld") + newer;
}

function size({ size_bytes }: records.Document): string {
  const kilobytes = Math.max(1, Math.round(size_bytes / 1000));
  return kilobytes < 1000 ? `${kilobytes} kB` : `${(kilobytes / 1000).toFixed(1)} MB`;
}

async function download(ref: string, each: records.Document): Promise<void> {
  try {
    const bytes = await records.documentFile(ref, each.id);
    const name = `${ref}-${each.title}`.replaceAll(/[^\w.-]+/g, "-");
    save(`${name}${each.suffix}`, bytes, "application/octet-stream");
    announce("Downloaded");
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    announce(error.message);
  }
}

/** The form that adds a document. The file's hash is compared with what the service kept. */
export function addForm(ref: string, act: Act): HTMLElement {
  const file = el("input", {
    type: "file",
    required: true,
    accept: ".pdf,.png,.jpg,.jpeg,.docx,.xlsx,.odt",
  });
  const title = el("input", { required: true, maxlength: 500 });
  const kind = el("input", {
    required: true,
    maxlength: 100,
    value: "agreement",
    list: "doc-kinds",
  });
  const seen = choice("sensitivity", SEEN, "exempt");
  on(file, {
    change: () => {
      const name = file.files?.[0]?.name ?? "";
      if (title.value === "") title.value = name.replace(/\.[^.]*$/, "");
    },
  });
  const add = async (): Promise<void> => {
    const given = file.files?.[0];
    if (given === undefined) return;
    const sent = { file: given, title: title.value, kind: kind.value, sensitivity: seen.value };
    const kept = await records.addDocument(ref, sent);
    const own = await sha256Of(given);
    if (own === null || own === kept.sha256) return;
    throw new ApiProblem(
      0,
      `Document ${kept.id} was kept with the SHA-256 ${kept.sha256}, and your file has ${own}: ` +
        "withdraw it, and send the file again.",
    );
  };
  return el(
    "details",
    {},
    el("summary", {}, "Add a document"),
    submits(
      el(
        "form",
        { class: "stack" },
        field("File: PDF, PNG, JPEG, DOCX, XLSX or ODT", file),
        field("Title", title),
        field("What it is", kind),
        el("datalist", { id: "doc-kinds" }, ...KINDS.map((each) => el("option", {}, each))),
        field("Who reads it", seen),
        el("button", { type: "submit", class: "main" }, "Add the document"),
      ),
      () => act(add, "The document is kept"),
    ),
  );
}

/** Null where the browser computes none, as on a page without https. */
async function sha256Of(file: File): Promise<string | null> {
  if (!("subtle" in crypto)) return null;
  const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The form that makes a document public, withholds it, or takes it back. */
export async function changeForm(ref: string, act: Act): Promise<HTMLElement> {
  const all = (await records.documents(ref)).filter(({ withdrawn_at }) => withdrawn_at === null);
  if (all.length === 0) return el("p", { class: "empty" }, "There is no document to change.");
  const which = choice(
    "number",
    all.map(({ id, title, sensitivity }): [string, string] => [
      String(id),
      `${id}: ${title} (${sensitivity === "public" ? "public" : "withheld"})`,
    ]),
    "",
  );
  const to = choice(
    "to",
    [
      ["public", "Make it public"],
      ["exempt", "Withhold it"],
      ["withdraw", "Take it back: it stays on record, and nobody but keepers reads it"],
    ],
    "",
  );
  const reason = el("input", { required: true, maxlength: 4000 });
  const change = (): Promise<void> =>
    to.value === "withdraw"
      ? records.withdrawDocument(ref, Number(which.value), reason.value)
      : records.markDocument(ref, Number(which.value), to.value, reason.value);
  return submits(
    el(
      "form",
      { class: "stack" },
      field("Document", which),
      field("What is to happen", to),
      field("Why", reason),
      el("button", { type: "submit", class: "main" }, "Change the document"),
    ),
    () => act(change, "Changed"),
  );
}

/** The public documents of an agreement, for whoever has the address. */
export async function showDocuments(place: HTMLElement, ref: string): Promise<void> {
  place.replaceChildren(
    el("h2", {}, `Public documents of ${ref}`),
    ...(await documents(ref, false)),
  );
}
