import "../page.css";
import "./agreements.css";
import * as api from "../api.ts";
import { ApiProblem } from "../api.ts";
import { loadConfig } from "../config.ts";
import { announcerElement, button, el } from "../dom.ts";
import { askForToken, type TokenWish } from "../edit/asking.ts";
import { fromHash, NO_FILTERS, toHash, type View } from "./address.ts";
import { showAgreement } from "./agreement.ts";
import { showDeals } from "./deals.ts";
import { showDocuments } from "./documents.ts";
import { showPortfolio } from "./portfolio.ts";
import { showRegister } from "./register.ts";
import { showTerms } from "./terms/editor.ts";
import { showNew } from "./terms/new.ts";

const TO_SEE: TokenWish = {
  title: "Open the register",
  text: "Agreements need a token with the role operator, planner, estates or admin",
  yes: "Open the register",
  check: async () => {
    try {
      await api.send("GET", "register/agreements?limit=1");
      return null;
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 403) throw error;
    }
    await api.send("GET", "concessions/portfolio?years=1"); // a planner sees the portfolio and deals alone
    const { name } = fromHash(location.hash);
    if (name !== "deals") location.hash = toHash({ name: "portfolio" });
    return null;
  },
};

const DESTINATIONS: [View, string][] = [
  [{ name: "register", filters: NO_FILTERS }, "Register"],
  [{ name: "portfolio" }, "Portfolio"],
  [{ name: "deals" }, "Deals"],
];

async function start(): Promise<void> {
  const { title } = await loadConfig();
  const place = el("main", { id: "content", tabindex: "-1" });
  const open = button("Open the register", () => void ask(), { class: "main" });
  const links = el(
    "nav",
    { "aria-label": "Views", class: "tools" },
    ...DESTINATIONS.map(([view, name]) => el("a", { href: toHash(view) }, name)),
    el("a", { href: "./" }, "Map"),
  );
  document.querySelector("#loading")?.remove();
  document.body.classList.add("document");
  document.body.append(
    el("a", { class: "skip", href: "#content" }, "Skip to the content"),
    el("header", {}, el("h1", {}, `${title}: agreements`), links),
    place,
    announcerElement(),
  );
  const show = async (): Promise<void> => {
    const view = fromHash(location.hash);
    for (const link of links.querySelectorAll("a")) {
      const isHere = link.getAttribute("href") === toHash(view).split("?")[0];
      if (isHere) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (api.currentToken() === null && view.name !== "documents") {
      place.replaceChildren(
        el("h2", {}, "Register of agreements"),
        el("p", {}, "Agreements are not public. Open the register with your token."),
        open,
      );
      return;
    }
    await shown(place, view);
    document.title = `${place.querySelector("h2")?.textContent ?? "Agreements"} – ${title}`;
  };
  const ask = async (): Promise<void> => {
    if (await askForToken(TO_SEE)) await show();
  };
  window.addEventListener("hashchange", (event) => {
    if (new URL(event.newURL).hash === "#content") return;
    void show().then(() => place.focus());
  });
  await show();
  document.documentElement.setAttribute("data-ready", "");
}

async function shown(place: HTMLElement, view: View): Promise<void> {
  place.replaceChildren(el("p", { role: "status" }, "Loading…"));
  try {
    if (view.name === "portfolio") await showPortfolio(place);
    else if (view.name === "deals") await showDeals(place);
    else if (view.name === "new") await showNew(place);
    else if (view.name === "agreement") await showAgreement(place, view.ref);
    else if (view.name === "documents") await showDocuments(place, view.ref);
    else if (view.name === "terms") await showTerms(place, view.ref);
    else await showRegister(place, view.filters);
  } catch (error) {
    if (!(error instanceof ApiProblem)) throw error;
    place.replaceChildren(
      el("h2", {}, "This cannot be shown"),
      el("p", { role: "alert" }, error.message),
      el("p", {}, el("a", { href: "#/" }, "All agreements")),
    );
  }
}

function failed(error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error);
  const told = el("p", { role: "alert" }, `The register cannot be shown. ${reason}`);
  document.body.replaceChildren(told);
}

start().catch(failed);
