/** Two questions: for a token, and whether it is meant. */

import { ApiProblem, currentToken, mayWrite, useToken } from "../api.ts";
import { button, el, on } from "../dom.ts";

/** What a token is asked for. */
export interface TokenWish {
  title: string;
  text: string;
  /** The button that sends it. */
  yes: string;
  /** With the token in use: null where it is enough, else why not. */
  check: () => Promise<string | null>;
}

export const TO_EDIT: TokenWish = {
  title: "Edit the catalogue",
  text: "Editing needs a token with the role estates or admin",
  yes: "Start editing",
  check: async () =>
    (await mayWrite())
      ? null
      : "This token may read, not change: editing needs one with the role estates or admin.",
};

const KEPT =
  "made by `canopy token create`. It is kept until this tab is closed or reloaded, and nowhere else.";

/** Ask for a token and try it; false where the person gave none. It stays in memory. */
export function askForToken(wish: TokenWish): Promise<boolean> {
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
    el("h2", { id: "token-title" }, wish.title),
    el("p", {}, `${wish.text}, ${KEPT}`),
    el("label", { for: "token" }, "Token"),
    input,
    message,
    el(
      "div",
      { class: "actions" },
      el("button", { type: "submit", class: "main" }, wish.yes),
      button("Cancel", () => dialog.close()),
    ),
  );
  dialog.append(form);
  return new Promise((resolve) => {
    let isAccepted = false;
    on(form, {
      submit: (event) => {
        event.preventDefault();
        void accepts(input.value.trim(), wish).then((refusal) => {
          message.textContent = refusal ?? "";
          isAccepted = refusal === null;
          if (isAccepted) dialog.close();
        });
      },
    });
    show(dialog, () => resolve(isAccepted));
  });
}

/** Null where the token is enough, else why not; the one before stays then. */
async function accepts(token: string, wish: TokenWish): Promise<string | null> {
  const before = currentToken();
  useToken(token);
  try {
    const refusal = await wish.check();
    if (refusal !== null) useToken(before);
    return refusal;
  } catch (error) {
    useToken(before);
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
