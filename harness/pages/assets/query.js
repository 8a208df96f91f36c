// Reads and evaluates queries, as harness/query does; tests/query/vectors.json holds the two together. Knows nothing of the page.

const GOOD = new Set(["pass", "variation", "unsupported"]);
const QUIET = new Set(["message", "type"]);
const LONGEST_QUERY = 1000;

/** A query cannot be understood. */
class QueryError extends Error {
  /**
   * @param {number} offset
   * @param {string} problem
   * @param {string} [hint]
   */
  constructor(offset, problem, hint = "") {
    super(problem + (hint ? `; ${hint}` : ""));
    this.offset = offset;
    this.problem = problem;
    this.hint = hint;
  }
}

/**
 * The query that a text says.
 * @param {string} text
 * @param {Keys} keys
 * @returns {Query}
 */
function parseQuery(text, keys) {
  if (text.length > LONGEST_QUERY) throw new QueryError(LONGEST_QUERY, `a query has at most ${LONGEST_QUERY} characters`);
  const words = [];
  for (const found of text.matchAll(/(?:[^\s"]|"[^"]*"?)+/g)) {
    if (found[0].split('"').length % 2 === 0) {
      throw new QueryError(text.indexOf('"', found.index), "a quote is not closed", 'write cause:"python < 3"');
    }
    words.push(parseWord(found[0], found.index, keys));
  }
  return { text, words };
}

/**
 * @param {string} written
 * @param {number} offset
 * @param {Keys} keys
 * @returns {Word}
 */
function parseWord(written, offset, keys) {
  const plain = written.replace(/^!+/, "");
  const marks = written.length - plain.length;
  const prefix = /^[A-Za-z_-]+:/.exec(plain)?.[0] ?? "";
  const key = prefix.slice(0, -1).toLowerCase();
  if (prefix && !Object.hasOwn(keys, key)) throw new QueryError(offset + marks, `unknown word '${prefix}'`, nearestKey(key, keys));
  const rest = plain.slice(prefix.length);
  const value = rest.replaceAll('"', "").toLowerCase();
  if (!value) {
    throw new QueryError(offset, prefix ? `'${prefix}' is not told what` : "there is nothing to look for", told(key, keys));
  }
  const word = { key, value, negated: marks % 2 === 1, wild: /[*?]/.test(rest.replace(/"[^"]*"/g, "")) };
  const values = keys[key]?.values ?? [];
  if (values.length && !word.wild && !values.includes(value)) {
    const near = nearest(value, values);
    throw new QueryError(offset + marks + prefix.length, `'${key}:' is never '${value}'`, near ? `did you mean '${near}'?` : told(key, keys));
  }
  return word;
}

/**
 * @param {string} key
 * @param {Keys} keys
 */
function nearestKey(key, keys) {
  const near = nearest(key, Object.keys(keys));
  return near ? `did you mean '${near}:'?` : `there are ${Object.keys(keys).map((each) => `${each}:`).join(", ")}`;
}

/**
 * What a word can be told.
 * @param {string} key
 * @param {Keys} keys
 */
function told(key, keys) {
  if (!key) return "write part of an id, or a word such as area:udp";
  const { says, values = [] } = keys[key];
  return values.length ? `it is one of ${values.join(", ")}` : `it is ${says}`;
}

/**
 * The word that was probably meant, or an empty text.
 * @param {string} word
 * @param {string[]} known
 */
function nearest(word, known) {
  const ranked = known.map((each) => ({ each, far: distance(word, each) })).sort((a, b) => a.far - b.far);
  const [best] = ranked;
  return best && best.far <= Math.max(1, Math.floor(Math.min(word.length, best.each.length) / 3)) ? best.each : "";
}

/**
 * Letters to change, add, leave out or swap to come from one word to another.
 * @param {string} one
 * @param {string} other
 */
function distance(one, other) {
  const rows = [Array.from({ length: other.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= one.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1] ? 0 : 1;
      let least = Math.min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + same);
      if (i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1]) least = Math.min(least, rows[i - 2][j - 2] + 1);
      rows[i].push(least);
    }
  }
  return rows[one.length][other.length];
}

/**
 * What a query picks of a scenario; null: it is not.
 * @param {Query} query
 * @param {Subject} subject
 * @param {Keys} keys
 * @returns {Picked | null}
 */
function pick(query, subject, keys) {
  const of = (/** @type {string} */ about) => query.words.filter((word) => (keys[word.key]?.about ?? "scenario") === about);
  if (!of("scenario").every((word) => SCENARIO_TESTS[word.key](word, subject) !== word.negated)) return null;
  const cells = places(subject.cells ?? [], of("cell"), CELL_TESTS).filter((place) => !subject.cells?.[place].unplanned);
  const differences = places(subject.differences ?? [], of("difference"), DIFFERENCE_TESTS);
  const nothingDiffers = !subject.differences?.length && of("difference").every((word) => word.negated);
  return (cells.length || !subject.cells?.length) && (differences.length || nothingDiffers) ? { cells, differences } : null;
}

/**
 * Places of the targets of which all words about targets hold.
 * @param {Query} query
 * @param {string[]} targets
 */
function pickColumns(query, targets) {
  const words = query.words.filter((word) => word.key === "target");
  return places(targets.map((target) => ({ target })), words, CELL_TESTS);
}

/**
 * @template T
 * @param {T[]} items
 * @param {Word[]} words
 * @param {Record<string, (word: Word, of: T) => boolean>} tests
 */
function places(items, words, tests) {
  const found = [];
  for (let at = 0; at < items.length; at++) {
    if (words.every((word) => tests[word.key](word, items[at]) !== word.negated)) found.push(at);
  }
  return found;
}

/** @type {Map<string, RegExp>} */
const patterns = new Map();

/**
 * `*` and `?` are the only wildcards.
 * @param {Word} word
 * @param {string} text
 */
function isLike(word, text) {
  let pattern = patterns.get(word.value);
  if (!pattern) {
    const escaped = word.value.replace(/[.+^${}()|[\]\\/]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
    pattern = new RegExp(`^${escaped}$`, "su");
    patterns.set(word.value, pattern);
  }
  return pattern.test(text.toLowerCase());
}

/** @type {(word: Word, text: string) => boolean} */
const isWhole = (word, text) => (word.wild ? isLike(word, text) : text.toLowerCase() === word.value);
/** @type {(word: Word, text: string) => boolean} */
const begins = (word, text) => (word.wild ? isLike(word, text) : text.toLowerCase().startsWith(word.value));
/** @type {(word: Word, text: string) => boolean} */
const isWithin = (word, text) => (word.wild ? isLike(word, text) : text.toLowerCase().includes(word.value));
/** @type {(word: Word, said: boolean) => boolean} */
const saysYes = (word, said) => isWhole(word, said ? "yes" : "no");

/** @type {Record<string, (word: Word, of: Subject) => boolean>} */
const SCENARIO_TESTS = {
  "": (word, of) => isWithin(word, of.id),
  id: (word, of) => isWhole(word, of.id),
  area: (word, of) => isWhole(word, areaOf(of.id)),
  tag: (word, of) => (of.tags ?? []).some((tag) => isWhole(word, tag)),
  see: (word, of) => (of.see ?? []).some((entry) => begins(word, entry)),
  title: (word, of) => isWithin(word, of.title ?? ""),
  call: (word, of) => (of.calls ?? []).some((name) => isWhole(word, name)),
  differs: (word, of) => saysYes(word, (of.differences ?? []).some((each) => !QUIET.has(each.kind))),
};

/** @type {Record<string, (word: Word, of: Cell) => boolean>} */
const CELL_TESTS = {
  target: (word, of) => begins(word, of.target),
  verdict: (word, of) => (word.value === "red" ? !GOOD.has(of.verdict ?? "") : isWhole(word, of.verdict ?? "missing")),
  flaky: (word, of) => saysYes(word, of.flaky ?? false),
  known: (word, of) => saysYes(word, of.known ?? false),
};

/** @type {Record<string, (word: Word, of: Trait) => boolean>} */
const DIFFERENCE_TESTS = {
  kind: (word, of) => isWhole(word, of.kind),
  cause: (word, of) => (of.causes ?? []).some((cause) => isWithin(word, cause)),
  odd: (word, of) => (of.odd ?? []).some((target) => begins(word, target)),
  explained: (word, of) => saysYes(word, (of.causes ?? []).every((cause) => cause !== "")),
  documented: (word, of) => saysYes(word, of.documented ?? false),
};

/** @param {string} id */
function areaOf(id) {
  return id.split("/", 1)[0];
}
