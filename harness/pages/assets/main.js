// Holds the page together: reads the address, shows what it says, and writes it when somebody changes what is shown.

const TYPING_PAUSE = 120;

/** What the other parts may ask of the page. */
class App {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.where = model.page.where ?? "";
    this.state = readState(location.hash, this.where);
    this.query = parseQuery("", model.keys);
    this.matrix = new Matrix(model, this);
    this.search = /** @type {HTMLInputElement} */ (element("query"));
    this.by = /** @type {HTMLSelectElement} */ (element("by"));
    this.quiet = /** @type {HTMLInputElement} */ (element("quiet"));
    this.keys = /** @type {HTMLInputElement} */ (element("keys-on"));
    this.help = /** @type {HTMLDialogElement} */ (element("help"));
    this.listen();
    this.render();
  }

  listen() {
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    let typing;
    this.search.addEventListener("input", () => {
      clearTimeout(typing);
      typing = setTimeout(() => this.change({ q: this.search.value, groups: [] }), TYPING_PAUSE);
    });
    element("search").addEventListener("submit", (event) => {
      event.preventDefault();
      clearTimeout(typing);
      this.change({ q: this.search.value, scenario: "", target: "" }, Boolean(this.state.scenario));
    });
    this.by.addEventListener("change", () => this.change({ by: this.by.value }));
    this.quiet.addEventListener("change", () => this.change({ quiet: this.quiet.checked }));
    this.keys.addEventListener("change", () => this.change({ keys: this.keys.checked }));
    element("export-json").addEventListener("click", () => download("sockmatrix.json", "application/json", `${JSON.stringify(this.view(), null, 1)}\n`));
    element("export-csv").addEventListener("click", () => download("sockmatrix.csv", "text/csv", csvOf(this.view())));
    element("theme").addEventListener("click", () => this.change({ theme: this.isDark() ? "light" : "dark" }));
    element("open-all").addEventListener("click", () => this.matrix.toggleAll(true));
    element("close-all").addEventListener("click", () => this.matrix.toggleAll(false));
    element("help-open").addEventListener("click", () => this.help.showModal());
    element("help-close").addEventListener("click", () => this.help.close());
    for (const link of document.querySelectorAll("[data-query]")) link.addEventListener("click", (event) => this.follow(event));
    for (const link of document.querySelectorAll(".jumps a, .skip")) link.addEventListener("click", (event) => this.jump(event));
    window.addEventListener("hashchange", () => this.arrive());
    window.addEventListener("beforeprint", () => this.matrix.more(true));
    document.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {Event} event */
  follow(event) {
    event.preventDefault();
    this.help.close();
    const query = /** @type {HTMLElement} */ (event.currentTarget).dataset.query ?? "";
    this.change({ q: query, scenario: "", target: "", groups: [] }, true);
  }

  /**
   * Go to a part of the page. The address keeps what is shown, and so cannot hold the part.
   * @param {Event} event
   */
  jump(event) {
    event.preventDefault();
    const name = /** @type {HTMLAnchorElement} */ (event.currentTarget).hash.slice(1);
    if (this.state.scenario && name !== "main") this.change({ scenario: "", target: "" }, true);
    const part = element(name);
    part.scrollIntoView();
    part.focus({ preventScroll: true });
  }

  isDark() {
    return this.state.theme ? this.state.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }

  /**
   * Show something else.
   * @param {Partial<State>} change
   * @param {boolean} [step] It is a step that the browser's button leads back from.
   */
  change(change, step = false) {
    this.state = { ...this.state, ...change };
    const address = writeState(this.state, this.where);
    if (step) history.pushState(null, "", address);
    else history.replaceState(null, "", address);
    this.render();
  }

  /** The address was changed by a link, by the browser's buttons, or by hand. */
  arrive() {
    this.state = readState(location.hash, this.where);
    this.render();
  }

  /**
   * @param {string} scenario
   * @param {string} target
   * @param {boolean} [stay] Where somebody is in the page stays.
   */
  open(scenario, target, stay = false) {
    this.staying = stay;
    this.change({ scenario, target }, true);
  }

  /**
   * @param {string} scenario
   * @param {string} [target]
   */
  scenarioAddress(scenario, target = "") {
    return writeState({ ...this.state, scenario, target }, this.where);
  }

  overviewAddress() {
    return this.scenarioAddress("");
  }

  /** @param {string} q */
  queryAddress(q) {
    return writeState({ ...this.state, scenario: "", target: "", q, groups: [] }, this.where);
  }

  view() {
    return viewOf(this.model, /** @type {Shown} */ (this.shown), this.state);
  }

  render() {
    if (this.state.theme) document.documentElement.dataset.theme = this.state.theme;
    else delete document.documentElement.dataset.theme;
    if (this.search !== document.activeElement) this.search.value = this.state.q;
    this.by.value = this.state.by;
    this.quiet.checked = this.state.quiet;
    this.keys.checked = this.state.keys;
    element("theme").textContent = this.isDark() ? "Light" : "Dark";
    this.readQuery();
    const at = this.model.places.get(this.state.scenario);
    element("overview").hidden = Boolean(this.state.scenario);
    element("scenario").hidden = !this.state.scenario;
    if (this.state.scenario) this.renderScenario(at);
    else this.renderOverview();
  }

  /** What cannot be understood leaves the view as it was, and is said. */
  readQuery() {
    const message = element("query-message");
    try {
      this.query = parseQuery(this.state.q, this.model.keys);
      this.search.removeAttribute("aria-invalid");
      message.textContent = "";
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      this.search.setAttribute("aria-invalid", "true");
      message.textContent = `Character ${error.offset + 1}: ${error.message}`;
    }
    message.hidden = !message.textContent;
    this.shown = this.model.shown(this.query);
  }

  renderOverview() {
    const shown = /** @type {Shown} */ (this.shown);
    document.title = `${this.state.q ? `${this.state.q} · ` : ""}${this.model.page.title || `Sockmatrix ${this.model.page.folder}`}`;
    const [rows, columns] = [shown.rows.length, shown.columns.length];
    element("result").textContent = `${several(rows, "scenario")} on ${several(columns, "target")}`;
    showRed(this.model, shown, this.state, this);
    showDifferences(this.model, shown, this.state, this);
    this.renderTargets(shown);
    this.matrix.show(shown, this.state);
    if (this.wasScenario) {
      const back = this.wasScenario;
      this.wasScenario = "";
      scrollTo(0, this.position ?? 0);
      const row = [...this.matrix.table.rows].find((each) => each.dataset.key === back);
      if (row) inner(row.children[0]).focus({ preventScroll: true });
    }
  }

  /** @param {Shown} shown */
  renderTargets(shown) {
    const columns = new Set(shown.columns);
    for (const row of document.querySelectorAll("[data-target]")) {
      const target = Number(/** @type {HTMLElement} */ (row).dataset.target);
      const counts = tally(shown.rows.map(({ at }) => this.model.verdict(at, target)));
      row.classList.toggle("faded", !columns.has(target));
      row.querySelector(".bar-of-target")?.replaceChildren(bar(columns.has(target) ? counts : new Map()));
      const counted = row.querySelector(".counts");
      if (counted) counted.replaceChildren(...(columns.has(target) ? countChips(counts) : []));
    }
  }

  /** @param {number | undefined} at */
  async renderScenario(at) {
    const { scenario, target } = this.state;
    const place = element("scenario");
    if (!this.wasScenario) this.position = scrollY;
    const same = this.wasScenario === scenario;
    this.wasScenario = scenario;
    const matching = this.shown?.rows.length ?? 0;
    element("result").textContent = this.state.q ? `${several(matching, "scenario")}; Enter shows ${matching === 1 ? "it" : "them"}` : "";
    if (at === undefined) {
      document.title = "Sockmatrix";
      place.replaceChildren(h("h1", { id: "scenario-title", tabindex: -1 }, "No such scenario"), h("p", {}, "This run has no scenario ", code(scenario), ". ", h("a", { href: this.overviewAddress() }, "Overview")));
      return;
    }
    const told = await this.model.details(at);
    if (this.state.scenario !== scenario || this.state.target !== target) return;
    document.title = `${scenario} · Sockmatrix`;
    const view = new ScenarioView(this.model, at, told, target, this);
    place.replaceChildren(.../** @type {Node[]} */ (view.parts()), this.neighbours(at));
    if (this.staying) element("again-target").focus();
    else if (!same) {
      scrollTo(0, 0);
      element("scenario-title").focus({ preventScroll: true });
    }
    this.staying = false;
  }

  /**
   * Links to the scenarios before and after, of those that are shown.
   * @param {number} at
   */
  neighbours(at) {
    const rows = this.shown?.rows.map((row) => row.at) ?? [];
    const [before] = rows.filter((row) => row < at).slice(-1);
    const after = rows.find((row) => row > at);
    return h(
      "nav",
      { class: "neighbours", "aria-label": "Scenarios beside it" },
      before === undefined ? null : h("span", {}, "← ", scenarioLink(this.model, before, this)),
      after === undefined ? null : h("span", {}, scenarioLink(this.model, after, this), " →"),
    );
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === "Escape" && this.state.scenario && !this.help.open) {
      history.pushState(null, "", this.overviewAddress());
      this.arrive();
      return;
    }
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea");
    if (typing || !this.state.keys || event.ctrlKey || event.altKey || event.metaKey || this.help.open) return;
    if (event.key === "/") {
      event.preventDefault();
      this.search.focus();
      this.search.select();
    } else if (event.key === "?") {
      event.preventDefault();
      this.help.showModal();
    }
  }
}

/** @param {Map<string, number>} counts */
function countChips(counts) {
  return BAR_ORDER.filter((verdict) => counts.get(verdict)).map((verdict) =>
    h("span", { class: `count is-${verdict}`, title: verdict }, h("span", { "aria-hidden": "true" }, `${SIGNS[verdict]} `), h("span", { class: "hidden" }, `${verdict} `), String(counts.get(verdict))),
  );
}

async function start() {
  try {
    const [page, keys] = await Promise.all([unpack("page-data"), unpack("keys")]);
    const app = new App(new Model(page, keys));
    element("loading").remove();
    document.documentElement.classList.add("ready");
    window.sockmatrix = { app, parseQuery, pick, pickColumns, readyAt: performance.now() };
  } catch (error) {
    element("loading").textContent = typeof DecompressionStream === "undefined" ? "This page needs a browser of 2023 or later." : `This page is damaged: ${error}`;
    throw error;
  }
}

start();
