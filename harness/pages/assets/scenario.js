// Shows one scenario: its timeline as a sequence diagram, what each target did at each step, and how to see it again.

const MAIN_FACTS = ["python", "implementation", "implementation_version", "os", "kernel", "libc", "libc_version", "machine", "ipv6", "root", "network"];
/** Systems that look like another: shown where one of the targets is such a one. */
const TELLING_FACTS = ["wine", "gvisor", "host_network", "hypervisor", "emulated"];
/** What a fact is said to be that a target does not tell. */
const UNKNOWN = "not known";

/**
 * @typedef {{details: PageDetails, texts: string[], lists: number[][]}} Unpacked
 */

/** The page of one scenario. */
class ScenarioView {
  /**
   * @param {Model} model
   * @param {number} at
   * @param {Unpacked} told
   * @param {string} target
   * @param {App} app
   */
  constructor(model, at, told, target, app) {
    this.model = model;
    this.at = at;
    this.app = app;
    this.scenario = model.page.scenarios[at];
    this.details = told.details;
    this.text = (/** @type {number | undefined} */ place) => (place === undefined ? "" : told.texts[place]);
    this.list = (/** @type {number} */ place) => told.lists[place];
    this.target = Math.max(model.targetIds.indexOf(target), -1);
    this.roles = Object.keys(this.details.roles);
    this.differences = model.differences[at];
  }

  parts() {
    return [this.head(), this.verdicts(), this.whole(), this.timeline(), this.again(), this.program(), this.facts()].filter(Boolean);
  }

  head() {
    const { model, scenario, details } = this;
    const area = areaOf(scenario.id);
    const see = (scenario.see ?? []).map((place) => cited(model, model.text(place)));
    const rows = [
      ["see", see],
      ["needs", details.needs.map((place) => code(this.text(place)))],
      ["tags", (scenario.tags ?? []).map((place) => code(model.text(place)))],
      ["process", details.own_process ? [document.createTextNode("its own")] : []],
    ];
    const address = fileAddress(model.page.source, details.file);
    return h(
      "header",
      { class: "scenario-head" },
      h("p", { class: "crumbs" }, h("a", { href: this.app.overviewAddress(), id: "back" }, "Overview"), " › ", h("a", { href: this.app.queryAddress(`area:${area}`) }, area)),
      h("h1", { id: "scenario-title", tabindex: -1 }, model.text(scenario.title)),
      h("p", { class: "dim" }, code(scenario.id), " · ", address ? h("a", { href: address, rel: "noreferrer external" }, code(details.file)) : code(details.file)),
      h("p", { class: "about" }, this.text(details.about)),
      h("dl", { class: "pairs" }, rows.filter(([, items]) => items.length).flatMap(([word, items]) => [h("dt", {}, /** @type {string} */ (word)), h("dd", {}, /** @type {Node[]} */ (items))])),
    );
  }

  verdicts() {
    const { model, details } = this;
    const redFirst = [...details.verdicts].sort((one, other) => Number(GOOD.has(one.verdict ?? "")) - Number(GOOD.has(other.verdict ?? "")));
    const items = redFirst.map((each) => {
      const verdict = each.verdict ?? (each.known === undefined ? "missing" : "unplanned");
      const word = each.verdict ?? (each.known === undefined ? "no result" : "not played");
      const targets = this.list(each.targets);
      const step = each.step === undefined ? null : h("a", { href: "#", onclick: (/** @type {Event} */ event) => this.jump(event, /** @type {number} */ (each.step)) }, `step ${each.step + 1}`);
      return h(
        "li",
        {},
        h("span", { class: `verdict is-${verdict}${each.known === undefined ? "" : " known"}` }, `${SIGNS[verdict]} ${word}${each.known === undefined ? "" : ", known"}`),
        h("div", {}, h("p", { class: "who" }, `${targets.length} of ${model.targetIds.length}: `, targetNames(model, targets), each.ground ? ` on the network ${each.ground}` : ""), each.grounds === undefined ? null : h("p", {}, step, step ? ": " : "", h("bdi", {}, this.text(each.grounds))), each.known === undefined ? null : h("p", { class: "because" }, h("b", {}, "known: "), this.text(each.known), " ", each.see === undefined ? null : cited(model, this.text(each.see)))),
      );
    });
    const odd = [...(details.flaky ?? []).map(([at, how]) => [at, "also ended otherwise", how]), ...(details.leaks ?? []).map(([at, what]) => [at, "left open", what])];
    return h(
      "section",
      { "aria-labelledby": "verdicts-title" },
      h("h2", { id: "verdicts-title" }, "Verdicts"),
      h("ul", { class: "verdict-list" }, items),
      odd.length ? h("ul", { class: "notes" }, odd.map(([at, what, how]) => h("li", {}, model.targetIds[Number(at)], ` ${what}: `, code(String(how))))) : null,
    );
  }

  /**
   * Go to a step without leaving the page's address.
   * @param {Event} event
   * @param {number} step
   */
  jump(event, step) {
    event.preventDefault();
    const row = document.getElementById(`step-${step + 1}`);
    row?.scrollIntoView({ block: "center" });
    row?.focus({ preventScroll: true });
  }

  /** Differences that are of the scenario as a whole: some targets were not played on. */
  whole() {
    const whole = this.differences.filter((each) => this.isWhole(each));
    return whole.length ? h("section", { "aria-labelledby": "whole-title" }, h("h2", { id: "whole-title" }, "Not played everywhere"), whole.map((each) => h("div", { class: "card" }, behaviours(this.model, each.difference, null)))) : null;
  }

  /** @param {Told} told */
  isWhole(told) {
    return told.kind === "availability" && told.difference.behaviours.some((each) => this.model.text(each.shown).startsWith("unsupported: needs "));
  }

  // ------------------------------------------------------------------------------------------------------ timeline

  timeline() {
    /** @type {Map<number, PageOutcome[]>} */
    const outcomes = new Map();
    for (const outcome of this.details.outcomes) outcomes.set(outcome.step, [...(outcomes.get(outcome.step) ?? []), outcome]);
    const body = h("tbody");
    const telling = new Set(this.differences.map((each) => each.difference.step));
    let left = 0;
    this.details.steps.forEach((step, number) => {
      if (step.again && !telling.has(number) && !this.details.verdicts.some((each) => each.step === number)) {
        left++;
        return;
      }
      if (left) body.append(this.leftOut(left));
      left = 0;
      body.append(...this.stepRows(step, number, outcomes.get(number) ?? []));
    });
    if (left) body.append(this.leftOut(left));
    return h(
      "section",
      { "aria-labelledby": "timeline-title" },
      h("h2", { id: "timeline-title" }, "What happens, and what each target did"),
      h(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "Timeline" },
        h(
          "table",
          { class: `timeline roles-${Math.min(this.roles.length, 4)}` },
          h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "number" }, h("span", { class: "hidden" }, "Step")), this.roles.map((role) => h("th", { scope: "col" }, role, this.details.roles[role] > 1 ? h("span", { class: "dim" }, ` ${this.details.roles[role]} at once`) : null)))),
          body,
        ),
      ),
    );
  }

  /** @param {number} count */
  leftOut(count) {
    return h("tr", { class: "left-out" }, h("td"), h("td", { colspan: this.roles.length }, `${several(count, "step")} of further rounds, in which nothing differs`));
  }

  /**
   * @param {PageStep} step
   * @param {number} number
   * @param {PageOutcome[]} outcomes
   */
  stepRows(step, number, outcomes) {
    const role = this.text(step.role);
    const lane = this.roles.indexOf(role);
    const id = `step-${number + 1}`;
    const [agreed, parted] = this.seen(step, number, outcomes);
    const call = [...this.call(step, role), ...agreed];
    const head = h("th", { scope: "row", class: "number" }, String(number + 1));
    const lanes = lane < 0 ? [h("td", { colspan: this.roles.length, class: "network-step" }, call)] : this.roles.map((each, at) => (at === lane ? h("td", { class: "lane acting" }, call) : h("td", { class: "lane" })));
    const rows = [h("tr", { class: "step", id, tabindex: -1 }, head, lanes)];
    if (parted.length) rows.push(h("tr", { class: "seen" }, h("td"), h("td", { colspan: this.roles.length }, parted)));
    for (const [names, to] of step.gives ?? []) rows.push(this.arrow(lane, this.roles.indexOf(to), names, to));
    return rows;
  }

  /**
   * @param {PageStep} step
   * @param {string} role
   */
  call(step, role) {
    const expect = (step.expect ?? []).map((place) => this.text(place)).join(", ");
    const job = step.kind === "background" ? `in the background: ${step.job}` : "";
    return [
      h("span", { class: "role-name" }, `${role}: `),
      code(this.text(step.text), "call"),
      job ? h("span", { class: "dim" }, ` ${job}`) : null,
      expect ? h("p", { class: "expect" }, `→ ${expect}`) : null,
      ...(step.varies ?? []).map((each) => this.variation(each)),
    ];
  }

  /** @param {PageVariation} each */
  variation(each) {
    return h(
      "p",
      { class: "varies" },
      "where ",
      code(this.text(each.when), "cause"),
      `: ${this.text(each.then)}`,
      h("span", { class: "dim" }, ` because ${this.text(each.because)} `),
      h("span", { class: "sources" }, (each.see ?? []).map((place) => cited(this.model, this.text(place)))),
      each.observed === false ? h("span", { class: "dim" }, " (from documentation; never seen)") : null,
    );
  }

  /**
   * A value that goes over to another role.
   * @param {number} from
   * @param {number} to
   * @param {string} names
   * @param {string} role
   */
  arrow(from, to, names, role) {
    const [first, last] = from < to ? [from, to] : [to, from];
    const words = `${names} ${from < to ? "→" : "←"} ${role}`;
    return h(
      "tr",
      { class: "gift" },
      h("td"),
      Array.from({ length: first }, () => h("td", { class: "lane" })),
      h("td", { colspan: last - first + 1, class: from < to ? "arrow right" : "arrow left" }, h("span", {}, words)),
      Array.from({ length: this.roles.length - last - 1 }, () => h("td", { class: "lane" })),
    );
  }

  /**
   * What came of a step: where all agree, which belongs to the call; and where they do not, which stands below it, side by side.
   * @param {PageStep} step
   * @param {number} number
   * @param {PageOutcome[]} outcomes
   * @returns {[HTMLElement[], HTMLElement[]]}
   */
  seen(step, number, outcomes) {
    const here = this.differences.filter((each) => each.difference.step === number && !this.isWhole(each));
    /** @type {[HTMLElement[], HTMLElement[]]} */
    const [agreed, parted] = [[], []];
    for (const outcome of outcomes) {
      const own = here.filter((each) => (each.difference.instance ?? 0) === (outcome.instance ?? 0));
      const label = outcomes.length > 1 ? h("span", { class: "dim" }, `${(outcome.instance ?? 0) + 1}. `) : null;
      if (own.length) parted.push(h("div", {}, label, this.sideBySide(outcome, own)));
      else if (outcome.camps.length > 1) parted.push(h("div", {}, label, this.camps(outcome)));
      else agreed.push(this.agreed(outcome, label));
    }
    const told = new Set(outcomes.map((outcome) => outcome.instance ?? 0));
    const lost = here.filter((each) => !told.has(each.difference.instance ?? 0));
    return [agreed, [...parted, ...lost.map((each) => behaviours(this.model, each.difference, null))]];
  }

  /**
   * @param {PageOutcome} outcome
   * @param {HTMLElement | null} label
   */
  agreed(outcome, label) {
    const [{ targets, shown }] = outcome.camps;
    const who = this.list(targets);
    const some = who.length < this.model.targetIds.length ? h("span", { class: "dim" }, ` on ${who.length} of ${this.model.targetIds.length}`) : null;
    return h("p", { class: "agreed" }, label, "= ", code(this.text(shown), "shown"), some, this.time(outcome, who));
  }

  /**
   * @param {PageOutcome} outcome
   * @param {Told[]} here
   */
  sideBySide(outcome, here) {
    return here.map(({ kind, difference }) => {
      const marks = markedAll(difference.behaviours.map((each) => this.shownWhole(outcome, each)));
      return h(
        "div",
        { class: "difference" },
        h("p", {}, h("span", { class: `kind kind-${kind}` }, kind), " ", difference.because === undefined ? null : h("span", { class: "because" }, h("b", {}, "because "), this.model.text(difference.because), " ", sources(this.model, difference.see))),
        h(
          "ul",
          { class: "sides-by-side" },
          difference.behaviours.map((behaviour, at) => {
            const targets = this.model.list(behaviour.targets);
            const cause = this.model.text(behaviour.cause);
            return h(
              "li",
              { class: targets.includes(this.target) ? "chosen" : null },
              h("p", { class: "what" }, swatch(at), h("code", { class: "shown", dir: "ltr" }, marks[at])),
              h("p", { class: "why" }, cause ? code(cause, "cause") : h("span", { class: "dim" }, "not explained")),
              h("p", { class: "who" }, targetNames(this.model, targets)),
              this.time(outcome, targets),
            );
          }),
        ),
      );
    });
  }

  /**
   * What a behaviour was seen to be, at the length that the details have.
   * @param {PageOutcome} outcome
   * @param {PageBehaviour} behaviour
   */
  shownWhole(outcome, behaviour) {
    const [first] = this.model.list(behaviour.targets);
    const camp = outcome.camps.find((each) => this.list(each.targets).includes(first));
    return camp ? this.text(camp.shown) : this.model.text(behaviour.shown);
  }

  /**
   * Outcomes that are not the same to the letter, and count as equal.
   * @param {PageOutcome} outcome
   */
  camps(outcome) {
    const marks = markedAll(outcome.camps.map((camp) => this.text(camp.shown)));
    return h(
      "ul",
      { class: "camps" },
      outcome.camps.map((camp, at) => h("li", {}, "= ", h("code", { class: "shown", dir: "ltr" }, marks[at]), h("span", { class: "dim" }, " ", targetNames(this.model, this.list(camp.targets))), this.time(outcome, this.list(camp.targets)))),
    );
  }

  /**
   * @param {PageOutcome} outcome
   * @param {number[]} targets
   */
  time(outcome, targets) {
    const chosen = this.target >= 0 ? targets.filter((target) => target === this.target) : targets;
    const times = chosen.map((target) => secondsOf(outcome.seconds?.[target])).filter((seconds) => seconds !== null);
    if (!times.length) return null;
    const [least, most] = [Math.min(...times), Math.max(...times)];
    const words = most / least < 1.3 ? timeWords(least) : `${timeWords(least)} … ${timeWords(most)}`;
    return h("span", { class: "time", title: "How long the call took, to about a tenth" }, ` · ${words}`);
  }

  // --------------------------------------------------------------------------------------------------------- again

  /** The command that plays this cell again. */
  again() {
    const first = this.target >= 0 ? this.target : this.interesting();
    const output = h("pre", { class: "command", tabindex: 0, "aria-label": "Command" });
    const copy = h("span");
    const select = /** @type {HTMLSelectElement} */ (
      h("select", { id: "again-target", onchange: () => this.app.open(this.scenario.id, this.model.targetIds[Number(select.value)], true) }, this.model.page.targets.map((target, at) => h("option", { value: at, selected: at === first }, target.id)))
    );
    const command = this.command(first);
    output.textContent = command;
    copy.append(copyButton(command, "the command"));
    return h("section", { "aria-labelledby": "again-title" }, h("h2", { id: "again-title" }, "Play it again"), h("p", {}, h("label", { for: "again-target" }, "On the target "), select), h("div", { class: "copied" }, output, copy));
  }

  /** @param {number} target */
  command(target) {
    const file = this.model.page.own_files ? ` ${quoted(this.details.file)}` : "";
    return `sockmatrix run${file} -k ${quoted(`id:${this.scenario.id}`)} ${this.model.page.targets[target].rerun}`;
  }

  /** The first target with a red verdict, else the first that stands apart. */
  interesting() {
    const red = this.model.targetIds.findIndex((_, at) => ![...GOOD, "unplanned"].includes(this.model.verdict(this.at, at)));
    const odd = this.differences.flatMap((each) => this.model.odd(each.difference))[0];
    return red >= 0 ? red : (odd ?? 0);
  }

  program() {
    const lines = this.details.reproduction;
    if (!lines?.length) return null;
    const text = `${lines.map((place) => this.text(place)).join("\n")}\n`;
    const name = `${this.scenario.id.replace(/[^\w.-]+/g, "_")}.py`;
    return h(
      "section",
      { "aria-labelledby": "program-title" },
      h("h2", { id: "program-title" }, "In plain Python"),
      h("p", { class: "dim" }, "One file, the standard library only, from Python 2.7 to the newest."),
      h("p", {}, copyButton(text, "the program"), " ", h("button", { type: "button", class: "small", onclick: () => download(name, "text/x-python", text) }, "Save as a file")),
      h("pre", { class: "program", tabindex: 0, "aria-label": "Program" }, text),
    );
  }

  /** The facts that tell targets apart at a glance, and all of them below. */
  facts() {
    const { targets } = this.model.page;
    const facts = targets.map((target) => new Map(target.facts));
    const told = (/** @type {string} */ fact) => facts.some((each) => (each.get(fact) ?? UNKNOWN) !== UNKNOWN);
    const isSo = (/** @type {string} */ fact) => facts.some((each) => ![UNKNOWN, "no"].includes(each.get(fact) ?? UNKNOWN));
    const chosen = [...MAIN_FACTS.filter(told), ...TELLING_FACTS.filter(isSo)];
    const rows = targets.map((target, at) => h("tr", {}, h("th", { scope: "row" }, target.id), target.trouble ? h("td", { colspan: chosen.length }, target.trouble) : chosen.map((fact) => h("td", {}, facts[at].get(fact) ?? ""))));
    return h(
      "section",
      { "aria-labelledby": "facts-title" },
      h("h2", { id: "facts-title" }, "Facts of the targets"),
      region("Table of facts", h("table", { class: "facts" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "target"), chosen.map((fact) => h("th", { scope: "col" }, fact)))), h("tbody", {}, rows))),
      h("details", {}, h("summary", {}, "All facts"), region("All facts", this.allFacts())),
    );
  }

  /** Each value once, with the targets that have it. */
  allFacts() {
    const { targets } = this.model.page;
    /** @type {Map<string, Map<string, number[]>>} */
    const facts = new Map();
    targets.forEach((target, at) => {
      for (const [fact, value] of target.facts ?? []) {
        const values = facts.get(fact) ?? new Map();
        facts.set(fact, values.set(value, [...(values.get(value) ?? []), at]));
      }
    });
    const rows = [...facts].flatMap(([fact, values]) =>
      [...values].map(([value, who], at) => h("tr", {}, at ? h("td") : h("th", { scope: "row" }, fact), h("td", {}, code(value)), h("td", { class: "dim" }, targetNames(this.model, who)))),
    );
    return h("table", { class: "facts" }, h("thead", {}, h("tr", {}, ["Fact", "Value", "Targets"].map((word) => h("th", { scope: "col" }, word)))), h("tbody", {}, rows));
  }
}

/**
 * Something wide that scrolls by itself, with the keyboard too.
 * @param {string} label
 * @param {Node} content
 */
function region(label, content) {
  return h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": label }, content);
}

/**
 * A word as a shell wants it.
 * @param {string} word
 */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`;
}
