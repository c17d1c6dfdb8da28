// The search box: a combobox over reference, name, street, postcode, UPRN and USRN.

const SEARCHED = ["ref", "name", "street", "postcode", "uprn", "usrn"];
const LEAST_LETTERS = 2;
const MOST_OPTIONS = 12;
const TYPING_MS = 60;

function folded(text) {
  return String(text).normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/\s+/g, " ").trim();
}

// A column's values as they are compared: folded, and without spaces where that differs.
class SearchedValues {
  constructor(values) {
    this.folded = values.map(folded);
    this.tight = this.folded.map((text) => (text.includes(" ") ? text.replaceAll(" ", "") : text));
  }

  // 0 the same, 1 starts with it, 2 a word starts with it, 3 holds it, -1 neither.
  rank(i, query, tight) {
    if (!this.tight[i].includes(tight)) return -1;
    const text = this.folded[i];
    if (this.tight[i] === tight) return 0;
    if (text.startsWith(query)) return 1;
    return text.includes(` ${query}`) ? 2 : 3;
  }
}

class Finder {
  constructor(store) {
    this.store = store;
    this.searched = new Map();
  }

  valuesOf(column) {
    let values = this.searched.get(column);
    if (!values) this.searched.set(column, (values = new SearchedValues(column.values)));
    return values;
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
    const values = this.valuesOf(column);
    const ranks = new Int8Array(column.values.length + 1).fill(-1);
    let any = false;
    for (let i = 0; i < column.values.length; i++) {
      ranks[i + 1] = values.rank(i, query, tight);
      any ||= ranks[i + 1] >= 0;
    }
    if (!any) return;
    for (let row = 0; row < table.rows; row++) {
      const rank = ranks[column.rows[row]];
      if (rank < 0) continue;
      const asset = table.first + row;
      if (rank < (found.get(asset)?.rank ?? Infinity)) found.set(asset, { rank, column: name });
    }
  }
}

// The first few by rank, then by place; without sorting tens of thousands.
function bestOf(found) {
  const best = [];
  for (let rank = 0; rank <= 3 && best.length < MOST_OPTIONS; rank++) {
    const same = [...found].filter(([, match]) => match.rank === rank);
    best.push(...same.sort((a, b) => a[0] - b[0]).slice(0, MOST_OPTIONS - best.length));
  }
  return best;
}

class SearchBox {
  constructor(scene, finder, { goTo, showInTable }) {
    Object.assign(this, scene, { finder, goTo, showInTable });
    this.input = document.getElementById("search-box");
    this.list = document.getElementById("search-results");
    this.announcer = document.getElementById("announcer");
    this.options = [];
    this.waiting = null;
    this.active = -1;
    this.input.addEventListener("input", () => this.later());
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

  // Fast typing is answered once it pauses; Enter and the arrows do not wait.
  later() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.refresh(), TYPING_MS);
  }

  settle() {
    if (this.waiting) this.refresh();
  }

  refresh() {
    clearTimeout(this.waiting);
    this.waiting = null;
    const text = this.input.value;
    const found = this.finder.find(text);
    this.options = bestOf(found).map(([asset, match]) => ({ asset, match }));
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
    if (["ArrowDown", "ArrowUp", "Enter"].includes(event.key)) this.settle();
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
