// The search box: a combobox over reference, name, street, postcode, UPRN and USRN.

const SEARCHED = ["ref", "name", "street", "postcode", "uprn", "usrn"];
const LEAST_LETTERS = 2;
const MOST_OPTIONS = 12;

function folded(text) {
  return String(text).normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
}

// The text as typed, and without spaces for postcodes and numbers.
function matchRank(value, query, tight) {
  const text = folded(value);
  if (text === query || text.replaceAll(" ", "") === tight) return 0;
  if (text.startsWith(query)) return 1;
  if (text.includes(` ${query}`)) return 2;
  if (text.includes(query) || text.replaceAll(" ", "").includes(tight)) return 3;
  return -1;
}

class Finder {
  constructor(store) {
    this.store = store;
  }

  // Asset -> { rank, column } for every asset that matches.
  find(text) {
    const query = folded(text);
    const found = new Map();
    if (query.length < LEAST_LETTERS) return found;
    const tight = query.replaceAll(" ", "");
    for (const table of this.store.tables) {
      for (const name of SEARCHED) this.findInColumn(table, name, query, tight, found);
    }
    return found;
  }

  findInColumn(table, name, query, tight, found) {
    const column = table.byName.get(name);
    if (!column) return;
    const ranks = column.values.map((value) => matchRank(value, query, tight));
    if (!ranks.some((rank) => rank >= 0)) return;
    for (let row = 0; row < table.rows; row++) {
      const code = column.rows[row];
      const rank = code === 0 ? -1 : ranks[code - 1];
      const asset = table.first + row;
      if (rank >= 0 && rank < (found.get(asset)?.rank ?? Infinity)) found.set(asset, { rank, column: name });
    }
  }
}

class SearchBox {
  constructor(scene, { goTo, showInTable }) {
    Object.assign(this, scene, { goTo, showInTable });
    this.finder = new Finder(this.store);
    this.input = document.getElementById("search-box");
    this.list = document.getElementById("search-results");
    this.announcer = document.getElementById("announcer");
    this.options = [];
    this.active = -1;
    this.input.addEventListener("input", () => this.refresh());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.input.addEventListener("focus", () => this.input.value && this.refresh());
    document.getElementById("search").addEventListener("submit", (event) => {
      event.preventDefault();
      this.choose(Math.max(0, this.active));
    });
    document.addEventListener("pointerdown", (event) => {
      if (!event.target.closest("#search")) this.close();
    });
  }

  refresh() {
    const text = this.input.value;
    const found = this.finder.find(text);
    const best = [...found].sort((a, b) => a[1].rank - b[1].rank || a[0] - b[0]).slice(0, MOST_OPTIONS);
    this.options = best.map(([asset, match]) => ({ asset, match }));
    if (found.size > 1) this.options.push({ query: text, count: found.size });
    this.active = -1;
    this.list.replaceChildren(...this.options.map((option, i) => this.row(option, i)));
    if (folded(text).length < LEAST_LETTERS) return this.close();
    if (!found.size) this.list.append(element("li", { className: "none", role: "option", "aria-disabled": "true", "aria-selected": "false" }, "Nothing found among the assets of this map"));
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
    this.input.removeAttribute("aria-activedescendant");
    this.announcer.textContent = `${found.size.toLocaleString("en-GB")} assets found`;
  }

  row(option, i) {
    const made = element("li", { role: "option", id: `found-${i}`, "aria-selected": "false" });
    if (option.query !== undefined) {
      made.className = "all";
      made.append(`Show all ${option.count.toLocaleString("en-GB")} in the table`);
    } else {
      const { asset, match } = option;
      const where = ["name", "street", "postcode"].map((name) => this.store.value(asset, name)).filter((value) => value !== null);
      if (!["ref", "name", "street", "postcode"].includes(match.column)) {
        where.push(`${match.column.toUpperCase()} ${this.store.value(asset, match.column)}`);
      }
      made.append(
        this.symbols.element(this.store.table(asset).kind, this.store.statusOf[asset]),
        element("span", {}, element("b", {}, titleOf(this.store, this.symbols, asset)), element("small", {}, where.map(plainText).join(", "))),
      );
    }
    made.addEventListener("click", () => this.choose(i));
    return made;
  }

  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.options.length) {
      event.preventDefault();
      if (this.list.hidden) this.refresh();
      const count = this.options.length;
      this.activate(this.active < 0 && step < 0 ? count - 1 : (this.active + step + count) % count);
    } else if (event.key === "Escape") {
      if (this.list.hidden) this.input.value = "";
      this.close();
    } else if (event.key === "Enter") {
      event.preventDefault();
      this.choose(Math.max(0, this.active));
    } else if (event.key === "Tab") {
      this.close();
    }
  }

  activate(i) {
    this.active = i;
    [...this.list.children].forEach((row, number) => row.setAttribute("aria-selected", String(number === i)));
    this.list.children[i].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", `found-${i}`);
  }

  choose(i) {
    const option = this.options[i];
    if (!option || this.list.hidden) return;
    this.close();
    if (option.query !== undefined) this.showInTable(option.query);
    else this.goTo(option.asset);
  }

  close() {
    this.list.hidden = true;
    this.active = -1;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
}
