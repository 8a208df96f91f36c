// The data that the page carries: unpacks it, and answers what the other parts ask of it. Shows nothing.

const VERDICT_LETTERS = /** @type {Record<string, Verdict>} */ ({
  p: "pass", v: "variation", s: "stale", f: "fail", u: "unsupported", h: "hang", c: "crash", i: "inconclusive", b: "bug", e: "error",
});

/** @type {Record<string, string>} */
const SIGNS = {
  pass: "✓", variation: "≈", stale: "○", fail: "✗", unsupported: "-", hang: "∞", crash: "‼", inconclusive: "?", bug: "§", error: "▲",
  missing: "·", unplanned: "",
};

/** Stands for a cell that was never to be played. */
const UNPLANNED = "_";

/** In the order in which bars and counts have them. */
const BAR_ORDER = ["pass", "variation", "unsupported", "stale", "fail", "hang", "crash", "inconclusive", "bug", "error", "missing"];

/** Eleven letters a factor of ten; see docs/page.md. */
const LETTERS_A_DECADE = 11;

/**
 * What an element of the page holds: base64 of deflated JSON.
 * @param {string} id
 * @returns {Promise<any>}
 */
async function unpack(id) {
  const packed = atob(element(id).textContent ?? "");
  const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

/** A run, as the page has it. */
class Model {
  /**
   * @param {PageData} page
   * @param {Keys} keys
   */
  constructor(page, keys) {
    this.page = page;
    this.keys = keys;
    this.targetIds = page.targets.map((target) => target.id);
    /** @type {Told[][]} */
    this.differences = page.scenarios.map(() => []);
    page.groups.forEach((group, at) => {
      for (const difference of group.differences) this.differences[difference.scenario].push({ group: at, kind: group.kind, difference });
    });
    this.subjects = page.scenarios.map((_, at) => this.subject(at));
    this.places = new Map(page.scenarios.map((scenario, at) => [scenario.id, at]));
    /** @type {Map<number, Promise<PageDetailsChunk>>} */
    this.chunks = new Map();
  }

  /** @param {number | undefined} at */
  text(at) {
    return at === undefined ? "" : this.page.texts[at];
  }

  /** @param {number} at */
  list(at) {
    return this.page.lists[at];
  }

  /**
   * @param {number} scenario
   * @param {number} target
   * @returns {Verdict | "missing" | "unplanned"}
   */
  verdict(scenario, target) {
    const letter = this.page.scenarios[scenario].verdicts[target];
    return letter === UNPLANNED ? "unplanned" : (VERDICT_LETTERS[letter] ?? "missing");
  }

  /**
   * @param {number} at
   * @returns {Subject}
   */
  subject(at) {
    const scenario = this.page.scenarios[at];
    const flaky = new Set(scenario.flaky);
    const known = new Set(scenario.known);
    const texts = (/** @type {number[] | undefined} */ places) => (places ?? []).map((place) => this.text(place));
    return {
      id: scenario.id,
      title: this.text(scenario.title),
      tags: texts(scenario.tags),
      see: texts(scenario.see),
      calls: texts(scenario.calls),
      cells: this.targetIds.map((target, column) => ({
        target,
        verdict: VERDICT_LETTERS[scenario.verdicts[column]] ?? null,
        flaky: flaky.has(column),
        known: known.has(column),
        unplanned: scenario.verdicts[column] === UNPLANNED,
      })),
      differences: this.differences[at].map((told) => this.trait(told)),
    };
  }

  /**
   * @param {Told} told
   * @returns {Trait}
   */
  trait({ kind, difference }) {
    return {
      kind,
      causes: difference.behaviours.map((behaviour) => this.text(behaviour.cause)),
      odd: this.odd(difference).map((target) => this.targetIds[target]),
      documented: difference.because !== undefined,
    };
  }

  /**
   * Places of the targets that are not in the behaviour with the most; where several have the most, all of them.
   * @param {PageDifference} difference
   */
  odd(difference) {
    const lists = difference.behaviours.map((behaviour) => this.list(behaviour.targets));
    const most = Math.max(...lists.map((list) => list.length));
    const alone = lists.filter((list) => list.length === most).length === 1;
    return lists.filter((list) => !alone || list.length < most).flat();
  }

  /**
   * What a query leaves.
   * @param {Query} query
   * @returns {Shown}
   */
  shown(query) {
    const rows = [];
    for (let at = 0; at < this.subjects.length; at++) {
      const picked = pick(query, this.subjects[at], this.keys);
      if (picked) rows.push({ at, picked });
    }
    return { query, rows, columns: pickColumns(query, this.targetIds) };
  }

  /**
   * The details of a scenario, with the tables that they speak of.
   * @param {number} scenario
   */
  async details(scenario) {
    const number = this.page.chunks.findIndex((chunk) => scenario < chunk.first + chunk.count);
    let chunk = this.chunks.get(number);
    if (!chunk) {
      chunk = /** @type {Promise<PageDetailsChunk>} */ (unpack(`details-${number}`));
      this.chunks.set(number, chunk);
    }
    const { scenarios, texts, lists } = await chunk;
    return { details: scenarios[scenario - this.page.chunks[number].first], texts, lists };
  }
}

/**
 * How long a step took, by its letter; null: not known.
 * @param {string | undefined} letter
 */
function secondsOf(letter) {
  return letter === undefined || letter === " " || letter === "" ? null : 1e-6 * 10 ** ((letter.charCodeAt(0) - 35) / LETTERS_A_DECADE);
}

/**
 * A time in words, to two digits.
 * @param {number} seconds
 */
function timeWords(seconds) {
  if (seconds < 1e-3) return `${Number((seconds * 1e6).toPrecision(2))} µs`;
  if (seconds < 1) return `${Number((seconds * 1e3).toPrecision(2))} ms`;
  return `${Number(seconds.toPrecision(2))} s`;
}

/**
 * Numbers of a dotted version, for sorting.
 * @param {string} text
 */
function versionKey(text) {
  return (text.match(/\d+/g) ?? []).map((part) => part.padStart(8, "0")).join(".");
}

/**
 * `1 step`, `3 steps`.
 * @param {number} count
 * @param {string} word
 */
function several(count, word) {
  return `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
}
