/** Two questions that editing asks: for a token, and whether it is meant. */

import { ApiProblem, mayWrite, useToken } from "../api.ts";
import { button, el, on } from "../dom.ts";

/** Ask for a token and try it; false where the person gave none. It stays in memory. */
export function askForToken(): Promise<boolean> {
  const input = el("input", {
    id: "token",
    type: "password",
    autocomplete: "off",
    required: true,
    maxlength: "500",
  });
  const message = el("p", { role: "alert", class: "wrong" });
  const dialog = el("dialog", { "aria-labelledby": "token-title" });
  const form = el(
    "form",
    {},
    el("h2", { id: "token-title" }, "Edit the catalogue"),
    el(
      "p",
      {},
      "Editing needs a token with the role estates or admin, made by `canopy token create`. It is kept until this tab is closed or reloaded, and nowhere else.",
    ),
    el("label", { for: "token" }, "Token"),
    input,
    message,
    el(
      "div",
      { class: "actions" },
      el("button", { type: "submit", class: "main" }, "Start editing"),
      button("Cancel", () => dialog.close()),
    ),
  );
  dialog.append(form);
  return new Promise((resolve) => {
    let isAccepted = false;
    on(form, {
      submit: (event) => {
        event.preventDefault();
        void accepts(input.value.trim()).then((refusal) => {
          message.textContent = refusal ?? "";
          isAccepted = refusal === null;
          if (isAccepted) dialog.close();
        });
      },
    });
    show(dialog, () => resolve(isAccepted));
  });
}

/** Null where the service takes the token, else why not. */
async function accepts(token: string): Promise<string | null> {
  useToken(token);
  try {
    if (await mayWrite()) return null;
    useToken(null);
    return "This token may read, not change: editing needs one with the role estates or admin.";
  } catch (error) {
    useToken(null);
    if (error instanceof ApiProblem) return error.message;
    throw error;
  }
}

export function confirmed(title: string, text: string, yes: string): Promise<boolean> {
  const dialog = el("dialog", { "aria-labelledby": "confirm-title" });
  return new Promise((resolve) => {
    let isMeant = false;
    const agree = button(
      yes,
      () => {
        isMeant = true;
        dialog.close();
      },
      { class: "main" },
    );
    dialog.append(
      el(
        "div",
        { class: "stack" },
        el("h2", { id: "confirm-title" }, title),
        el("p", {}, text),
        el(
          "div",
          { class: "actions" },
          agree,
          button("Cancel", () => dialog.close()),
        ),
      ),
    );
    show(dialog, () => resolve(isMeant));
  });
}

function show(dialog: HTMLDialogElement, closed: () => void): void {
  on(dialog, {
    close: () => {
      dialog.remove();
      closed();
    },
  });
  document.body.append(dialog);
  dialog.showModal();
}
