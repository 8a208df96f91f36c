// Shows scenarios by targets: a grid that can be walked with the arrow keys, by areas that open and close.

const ROOM = 150;
/** Rows that are made at once; more follow while somebody scrolls. */
const PORTION = 100;

/** The table of verdicts. */
class Matrix {
  /**
   * @param {Model} model
   * @param {App} app
   */
  constructor(model, app) {
    this.model = model;
    this.app = app;
    this.table = /** @type {HTMLTableElement} */ (element("matrix"));
    this.box = element("matrix-box");
    /** @type {(() => HTMLElement)[]} */
    this.waiting = [];
    /** @type {number[]} */
    this.columns = [];
    this.rowNumber = 3;
    this.end = h("div", { class: "end" });
    this.box.append(this.end);
    this.watch = new IntersectionObserver((seen) => seen.some((each) => each.isIntersecting) && this.more(), { root: this.box, rootMargin: "1500px" });
    this.table.addEventListener("keydown", (event) => this.walk(event));
    this.table.addEventListener("focusin", (event) => this.settle(event));
    this.table.addEventListener("mouseover", (event) => this.light(cellOf(event)));
    this.table.addEventListener("mouseleave", () => this.light(null));
    this.table.addEventListener("click", (event) => this.clicked(event));
  }

  /**
   * @param {Shown} shown
   * @param {State} state
   */
  show(shown, state) {
    this.state = state;
    this.columns = ordered(this.model.page, shown.columns, state.by);
    /** @type {Map<string, Shown["rows"]>} */
    const areas = new Map();
    for (const row of shown.rows) {
      const area = areaOf(this.model.page.scenarios[row.at].id);
      const rows = areas.get(area);
      if (rows) rows.push(row);
      else areas.set(area, [row]);
    }
    this.areas = areas;
    this.open = new Set(state.areas ?? (shown.rows.length <= ROOM || areas.size === 1 ? areas.keys() : []));
    this.faded = shown.query.words.some((word) => word.key && this.model.keys[word.key].about === "cell" && word.key !== "target");
    const kept = this.kept();
    this.table.replaceChildren(this.caption(), this.columnGroup(), this.head());
    this.waiting = [...areas].flatMap(([area, rows]) => this.rowsOf(area, rows));
    this.table.setAttribute("aria-rowcount", String(this.waiting.length + 2));
    this.rowNumber = 3;
    /** @type {HTMLElement | null} */
    this.body = null;
    this.more();
    this.restore(kept);
    element("matrix-empty").hidden = areas.size > 0;
    this.box.hidden = areas.size === 0;
  }

  /** Where the focus is, so that it stays there when rows are made again. */
  kept() {
    const cell = document.activeElement?.closest?.("#matrix td, #matrix th");
    const row = cell?.closest("tr");
    return cell && row ? { row: row.dataset.key ?? "", column: [...row.children].indexOf(cell), top: this.box.scrollTop } : null;
  }

  /** @param {ReturnType<Matrix["kept"]>} kept */
  restore(kept) {
    if (kept) {
      const rows = [...this.table.rows];
      const row = rows.find((each) => each.dataset.key === kept.row);
      this.box.scrollTop = kept.top;
      if (row) return this.focus(row.children[Math.min(kept.column, row.children.length - 1)]);
    }
    const first = this.table.tBodies[0]?.rows[0]?.children[0];
    if (first) inner(first).tabIndex = 0;
  }

  caption() {
    return h("caption", { class: "hidden" }, "Verdicts by scenario and target. Arrow keys move, Enter opens.");
  }

  columnGroup() {
    return h("colgroup", {}, h("col"), h("col"), ...this.columns.map(() => h("col")));
  }

  head() {
    const by = COLUMN_ORDERS[this.state?.by ?? "run"];
    const headings = this.columns.map((at) => by.heading(this.model.page.targets[at]));
    /** @type {HTMLElement[]} */
    const shared = [];
    for (let at = 0; at < headings.length; ) {
      let to = at + 1;
      while (to < headings.length && headings[to] === headings[at]) to++;
      shared.push(h("th", { scope: "colgroup", colspan: to - at, class: "shared" }, headings[at]));
      at = to;
    }
    return h(
      "thead",
      {},
      headings.some(Boolean) ? h("tr", { class: "headings", "aria-rowindex": 1 }, h("td", { colspan: 2 }), shared) : null,
      h(
        "tr",
        { class: "names", "aria-rowindex": 2 },
        h("th", { scope: "col", class: "row-name" }, "Scenario"),
        h("th", { scope: "col", class: "differs" }, "Differs"),
        this.columns.map((at) => h("th", { scope: "col", class: "target" }, h("span", {}, this.model.targetIds[at]))),
      ),
    );
  }

  /**
   * What makes the rows of an area, one after the other.
   * @param {string} area
   * @param {Shown["rows"]} rows
   */
  rowsOf(area, rows) {
    const head = () => {
      this.body = h("tbody");
      this.table.append(this.body);
      return this.areaRow(area, rows);
    };
    return [head, ...(this.open?.has(area) ? rows.map((row) => () => this.row(row)) : [])];
  }

  /**
   * @param {string} area
   * @param {Shown["rows"]} rows
   */
  areaRow(area, rows) {
    const open = this.open?.has(area) ?? false;
    const differing = rows.filter((row) => this.loud(row.at).length).length;
    return h(
      "tr",
      { class: "area", "data-key": area },
      h(
        "th",
        { scope: "rowgroup", class: "row-name" },
        h("button", { type: "button", tabindex: -1, "aria-expanded": String(open), "data-area": area }, h("span", { class: "turn", "aria-hidden": "true" }, open ? "▾" : "▸"), ` ${area} `, h("span", { class: "dim" }, String(rows.length))),
      ),
      h("td", { class: "differs", tabindex: -1 }, differing ? `${differing}` : ""),
      this.columns.map((column) => h("td", { class: "bar-cell", tabindex: -1 }, bar(tally(rows.map((row) => this.model.verdict(row.at, column)))))),
    );
  }

  /** @param {number} at */
  loud(at) {
    return this.model.differences[at].filter((told) => !QUIET.has(told.kind));
  }

  /** @param {Shown["rows"][number]} row */
  row({ at, picked }) {
    const scenario = this.model.page.scenarios[at];
    const loud = this.loud(at);
    const odd = new Set(loud.flatMap((told) => this.model.odd(told.difference)));
    const flaky = new Set(scenario.flaky);
    const known = new Set(scenario.known);
    const cells = new Set(picked.cells);
    const kinds = [...new Set(loud.map((told) => told.kind))];
    return h(
      "tr",
      { "data-key": scenario.id, "data-at": at },
      h("th", { scope: "row", class: "row-name" }, h("a", { href: this.app.scenarioAddress(scenario.id), tabindex: -1, title: this.model.text(scenario.title) }, scenario.id.slice(areaOf(scenario.id).length + 1))),
      h("td", { class: "differs", tabindex: -1 }, kinds.map((kind) => h("span", { class: `kind kind-${kind}` }, kind))),
      this.columns.map((column) => {
        const verdict = this.model.verdict(at, column);
        const words = [verdict, odd.has(column) && "stands apart", flaky.has(column) && "flaky", known.has(column) && "known"].filter(Boolean).join(", ");
        const kind = ["cell", `is-${verdict}`, odd.has(column) && "odd", flaky.has(column) && "flaky", known.has(column) && "known", this.faded && !cells.has(column) && "faded"].filter(Boolean).join(" ");
        return h("td", { class: kind, tabindex: -1, "aria-label": words, "data-column": column }, SIGNS[verdict]);
      }),
    );
  }

  /** Make the next rows. */
  more(all = false) {
    const portion = this.waiting.splice(0, all ? this.waiting.length : PORTION);
    for (const make of portion) {
      const row = make();
      row.setAttribute("aria-rowindex", String(this.rowNumber++));
      this.body?.append(row);
    }
    // Looked at anew each time: the end may still be near, of which nobody would be told.
    this.watch.unobserve(this.end);
    if (this.waiting.length) this.watch.observe(this.end);
  }

  /**
   * Show which column and target the pointer is on.
   * @param {HTMLTableCellElement | null} cell
   */
  light(cell) {
    for (const each of this.table.querySelectorAll(".lit")) each.classList.remove("lit");
    if (!cell || cell.cellIndex < 2 || cell.closest(".headings")) return;
    this.table.querySelectorAll("col")[cell.cellIndex]?.classList.add("lit");
    this.table.querySelector(".names")?.children[cell.cellIndex]?.classList.add("lit");
  }

  /** @param {Event} event */
  clicked(event) {
    const button = /** @type {Element} */ (event.target).closest("button[data-area]");
    if (button) return this.toggle(/** @type {HTMLElement} */ (button).dataset.area ?? "");
    const cell = cellOf(event);
    if (cell?.dataset.column) this.app.open(cell.parentElement?.dataset.key ?? "", this.model.targetIds[Number(cell.dataset.column)]);
  }

  /** @param {string} area */
  toggle(area) {
    const open = new Set(this.open);
    if (!open.delete(area)) open.add(area);
    this.app.change({ areas: [...(this.areas?.keys() ?? [])].filter((each) => open.has(each)) });
  }

  /** @param {boolean} open */
  toggleAll(open) {
    this.app.change({ areas: open ? [...(this.areas?.keys() ?? [])] : [] });
  }

  /** @param {FocusEvent} event */
  settle(event) {
    const cell = cellOf(event);
    for (const each of this.table.querySelectorAll('[tabindex="0"]')) /** @type {HTMLElement} */ (each).tabIndex = -1;
    if (cell) inner(cell).tabIndex = 0;
    this.light(cell);
  }

  /** @param {Element | undefined} cell */
  focus(cell) {
    if (!cell) return;
    inner(cell).focus();
    cell.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  /** @param {KeyboardEvent} event */
  walk(event) {
    const cell = cellOf(event);
    const row = /** @type {HTMLTableRowElement | null} */ (cell?.parentElement ?? null);
    if (!cell || !row || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && cell.dataset.column) return this.app.open(row.dataset.key ?? "", this.model.targetIds[Number(cell.dataset.column)]);
    const target = this.next(event, row, cell.cellIndex);
    if (!target) return;
    event.preventDefault();
    this.focus(target);
  }

  /**
   * The cell that a key leads to.
   * @param {KeyboardEvent} event
   * @param {HTMLTableRowElement} row
   * @param {number} column
   */
  next(event, row, column) {
    const down = (/** @type {number} */ steps) => {
      const rows = [...this.table.querySelectorAll("tbody tr")];
      const at = rows.indexOf(row) + steps;
      if (at >= rows.length && this.waiting.length) this.more();
      const all = at >= rows.length ? [...this.table.querySelectorAll("tbody tr")] : rows;
      return all[Math.max(0, Math.min(at, all.length - 1))].children[column];
    };
    const last = row.children.length - 1;
    switch (event.key) {
      case "ArrowRight": return row.children[Math.min(column + 1, last)];
      case "ArrowLeft": return row.children[Math.max(column - 1, 0)];
      case "ArrowDown": return down(1);
      case "ArrowUp": return down(-1);
      case "PageDown": return down(15);
      case "PageUp": return down(-15);
      case "Home": return event.ctrlKey ? down(-1e6) : row.children[0];
      case "End":
        if (event.ctrlKey) this.more(true);
        return event.ctrlKey ? down(1e6) : row.children[last];
      default: return null;
    }
  }
}

/**
 * @param {Event} event
 * @returns {HTMLTableCellElement | null}
 */
function cellOf(event) {
  return event.target instanceof Element ? event.target.closest("td, th") : null;
}

/**
 * What takes the focus in a cell: what is in it, or the cell itself.
 * @param {Element} cell
 * @returns {HTMLElement}
 */
function inner(cell) {
  return /** @type {HTMLElement} */ (cell.querySelector("a, button") ?? cell);
}
