/** Keys of the calendar feed: made, listed and withdrawn by whoever they are for. */

import { ApiProblem } from "../api.ts";
import { announce, button, el } from "../dom.ts";
import { confirmed } from "../edit/asking.ts";
import { moment } from "../format.ts";
import * as records from "./records.ts";
import { field, part, sortable, submits } from "./tables.ts";

const MAX_DAYS = 1_100;

/** The section; it is for those who keep the register. */
export function feedKeys(): HTMLElement {
  const list = el("div");
  const made = el("div");
  const wrong = el("p", { role: "alert", class: "wrong" });
  const told = (error: unknown): void => {
    if (!(error instanceof ApiProblem)) throw error;
    wrong.textContent = error.message;
  };
  const show = async (): Promise<void> => {
    wrong.textContent = "";
    try {
      list.replaceChildren(...shown(await records.feedKeys(), withdraw));
    } catch (error) {
      told(error);
    }
  };
  const withdraw = async (name: string): Promise<void> => {
    const text = "Calendars that have its address are told nothing more. This cannot be undone.";
    if (!(await confirmed(`Withdraw the key ${name}?`, text, "Withdraw it"))) return;
    try {
      await records.withdrawFeedKey(name);
      made.replaceChildren();
      announce(`${name} is withdrawn`);
    } catch (error) {
      told(error);
      return;
    }
    await show();
  };
  const make = async (name: string, days: number): Promise<void> => {
    wrong.textContent = "";
    try {
      made.replaceChildren(address(await records.makeFeedKey(name, days)));
      made.querySelector("input")?.focus();
      announce("The address is shown this once");
    } catch (error) {
      told(error);
      return;
    }
    await show();
  };
  const section = part(
    "What is to be done, in your calendar",
    el(
      "p",
      {},
      "A key gives the address of a calendar to subscribe to in Outlook, Thunderbird, Apple\u2019s or " +
        "Google\u2019s calendar. Who has the address reads what is to be done about agreements, so " +
        "make one for each of your calendars and give none away. A key ends with your token.",
    ),
    list,
    el("details", {}, el("summary", {}, "Make a key"), form(make)),
    wrong,
    made,
  );
  void show();
  return section;
}

function form(make: (name: string, days: number) => Promise<void>): HTMLFormElement {
  const name = el("input", {
    required: true,
    pattern: "[a-z0-9][a-z0-9._\\-]{1,62}",
    title: "Small letters, digits, dots and hyphens, 2 to 63 of them",
    autocomplete: "off",
  });
  const days = el("input", { type: "number", required: true, min: 1, max: MAX_DAYS, value: 365 });
  return submits(
    el(
      "form",
      { class: "stack" },
      field("Name, such as anna-outlook", name),
      field("Days until it ends", days),
      el("button", { type: "submit", class: "main" }, "Make the key"),
    ),
    () => make(name.value, Number(days.value)),
  );
}

function address(text: string): HTMLElement {
  const input = el("input", { readonly: true, value: text, class: "code" });
  return el(
    "div",
    { class: "stack" },
    field("Address of the calendar. It is shown this once: copy it now", input),
    button("Copy", () => {
      input.select();
      void copied(text);
    }),
  );
}

/** Pages without https have no clipboard: the text is selected there, to be copied by hand. */
async function copied(text: string): Promise<void> {
  if (navigator.clipboard === undefined) {
    announce("The address is selected: copy it");
    return;
  }
  await navigator.clipboard.writeText(text);
  announce("Copied");
}

function shown(
  keys: records.FeedKey[],
  withdraw: (name: string) => Promise<void>,
): (HTMLElement | string)[] {
  if (keys.length === 0) return [el("p", { class: "empty" }, "You have made no key yet.")];
  const now = new Date().toISOString();
  const state = ({ revoked_at, expires_at }: records.FeedKey): string => {
    if (revoked_at !== null) return `Withdrawn ${moment(revoked_at)}`;
    return expires_at <= now ? `Ended ${moment(expires_at)}` : `In use until ${moment(expires_at)}`;
  };
  const isLive = (each: records.FeedKey): boolean => state(each).startsWith("In use");
  return [
    sortable(
      "Your keys",
      [
        { name: "Name", value: ({ name }) => name },
        {
          name: "Made",
          value: ({ created_at }) => created_at,
          show: ({ created_at }) => moment(created_at),
        },
        { name: "State", value: state },
        {
          name: "Change",
          value: () => null,
          show: (each) =>
            isLive(each) ? button(`Withdraw ${each.name}`, () => void withdraw(each.name)) : "",
        },
      ],
      keys,
      false,
    ),
  ];
}
