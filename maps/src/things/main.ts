import "../page.css";
import "../agreements/agreements.css";
import "./things.css";
import * as api from "../api.ts";
import { ApiProblem } from "../api.ts";
import { loadConfig } from "../config.ts";
import { announcerElement, button, el } from "../dom.ts";
import { askForToken, type TokenWish } from "../edit/asking.ts";
import { fromHash, NO_FILTERS, toHash } from "./address.ts";
import { showLighting } from "./lighting.ts";
import { showList } from "./list.ts";
import type { Leave } from "./newest.ts";
import { showThing } from "./thing.ts";

const TO_SEE_MORE: TokenWish = {
  title: "Sign in",
  text: "Values that are not open need a token with the role planner, estates or admin",
  yes: "Sign in",
  check: async () => {
    await api.get("iot/properties");
    return null;
  },
};

async function start(): Promise<void> {
  const { title } = await loadConfig();
  const place = el("main", { id: "content", tabindex: "-1" });
  const signIn = button("Sign in", () => void ask());
  const all = el("a", { href: toHash({ name: "list", filters: NO_FILTERS }) }, "All Things");
  const lit = toHash({ name: "lighting", only: "all", asset: null });
  const lighting = el("a", { href: lit }, "Street lighting");
  const links = el(
    "nav",
    { "aria-label": "Views", class: "tools" },
    all,
    lighting,
    el("a", { href: "./" }, "Map"),
    signIn,
  );
  document.querySelector("#loading")?.remove();
  document.body.classList.add("document");
  document.body.append(
    el("a", { class: "skip", href: "#content" }, "Skip to the content"),
    el("header", {}, el("h1", {}, `${title}: Things and readings`), links),
    place,
    announcerElement(),
  );
  let leave: Leave | null = null;
  const show = async (): Promise<void> => {
    leave?.();
    leave = null;
    const view = fromHash(location.hash);
    for (const [link, name] of [[all, "list"] as const, [lighting, "lighting"] as const]) {
      if (view.name === name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    place.replaceChildren(el("p", { role: "status" }, "Loading…"));
    try {
      if (view.name === "list") await showList(place, view.filters);
      else if (view.name === "lighting") await showLighting(place, view);
      else leave = await showThing(place, view);
    } catch (error) {
      if (!(error instanceof ApiProblem)) throw error;
      place.replaceChildren(
        el("h2", {}, "This cannot be shown"),
        el("p", { role: "alert" }, error.message),
        [401, 403].includes(error.status) && !signIn.hidden
          ? el("p", {}, "Sign in above, with a token of the role that it names.")
          : "",
        el("p", {}, el("a", { href: "#/" }, "All Things")),
      );
    }
    document.title = `${place.querySelector("h2")?.textContent ?? "Things"} – ${title}`;
  };
  const ask = async (): Promise<void> => {
    if (!(await askForToken(TO_SEE_MORE))) return;
    signIn.hidden = true;
    await show();
    place.focus();
  };
  window.addEventListener("hashchange", (event) => {
    if (new URL(event.newURL).hash === "#content") return;
    void show().then(() => place.focus());
  });
  await show();
  document.documentElement.setAttribute("data-ready", "");
}

function failed(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  const told = el("p", { role: "alert" }, `Things cannot be shown. ${reason}`);
  document.body.replaceChildren(told);
}

start().catch(failed);
