// What is shown, kept in the address after `#`, so that a view can be sent to somebody. Shows nothing.

/** @type {State} */
const DEFAULT_STATE = { q: "", by: "alike", areas: null, quiet: false, groups: [], scenario: "", target: "", theme: "", keys: true };

/**
 * @param {string} hash
 * @param {string} where The query that the page opens with.
 * @returns {State}
 */
function readState(hash, where) {
  const said = new URLSearchParams(hash.replace(/^#/, ""));
  const list = (/** @type {string} */ name) => (said.get(name) ?? "").split(",").filter(Boolean);
  return {
    q: said.get("q") ?? where,
    by: Object.hasOwn(COLUMN_ORDERS, said.get("by") ?? "") ? String(said.get("by")) : DEFAULT_STATE.by,
    areas: said.has("areas") ? list("areas") : null,
    quiet: said.get("quiet") === "yes",
    groups: list("groups"),
    scenario: said.get("scenario") ?? "",
    target: said.get("target") ?? "",
    theme: ["dark", "light"].includes(said.get("theme") ?? "") ? String(said.get("theme")) : "",
    keys: said.get("keys") !== "off",
  };
}

/**
 * @param {State} state
 * @param {string} where
 */
function writeState(state, where) {
  const said = new URLSearchParams();
  if (state.scenario) said.set("scenario", state.scenario);
  if (state.target) said.set("target", state.target);
  if (state.q !== where) said.set("q", state.q);
  if (state.by !== DEFAULT_STATE.by) said.set("by", state.by);
  if (state.areas) said.set("areas", state.areas.join(","));
  if (state.quiet) said.set("quiet", "yes");
  if (state.groups.length) said.set("groups", state.groups.join(","));
  if (state.theme) said.set("theme", state.theme);
  if (!state.keys) said.set("keys", "off");
  return `#${said.toString().replaceAll("%2F", "/").replaceAll("%3A", ":").replaceAll("%2C", ",")}`;
}

/**
 * How columns can be ordered: what each target is sorted by, and the heading that it shares with its like.
 * @type {Record<string, {label: string, key: (target: PageTarget) => string, heading: (target: PageTarget) => string}>}
 */
const COLUMN_ORDERS = {
  alike: { label: "likeness", key: () => "", heading: () => "" },
  implementation: {
    label: "implementation",
    key: (target) => `${target.implementation ?? "~"} ${versionKey(target.python ?? "")} ${target.libc ?? ""}`,
    heading: (target) => target.implementation ?? "not known",
  },
  version: {
    label: "version",
    key: (target) => `${versionKey(target.python ?? "")} ${target.implementation ?? "~"}`,
    heading: (target) => (target.python ?? "").split(".").slice(0, 2).join(".") || "not known",
  },
  libc: {
    label: "libc",
    key: (target) => `${target.libc ?? "~"} ${versionKey(target.libc_version ?? "")} ${versionKey(target.python ?? "")}`,
    heading: (target) => `${target.libc ?? "not known"} ${target.libc_version ?? ""}`.trim(),
  },
  network: {
    label: "network",
    key: (target) => `${target.network ?? ""} ${versionKey(target.python ?? "")}`,
    heading: (target) => target.network ?? "own",
  },
  run: { label: "the run", key: () => "", heading: () => "" },
};

/**
 * Places of targets in the order that was asked for.
 * @param {PageData} page
 * @param {number[]} columns
 * @param {string} by
 */
function ordered(page, columns, by) {
  if (by === "run") return columns;
  if (by === "alike") return (page.order ?? []).filter((at) => columns.includes(at));
  const keys = new Map(columns.map((at) => [at, COLUMN_ORDERS[by].key(page.targets[at])]));
  const key = (/** @type {number} */ at) => keys.get(at) ?? "";
  return [...columns].sort((a, b) => (key(a) === key(b) ? a - b : key(a) < key(b) ? -1 : 1));
}
