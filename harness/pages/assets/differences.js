// Shows where targets differ: groups of differences, each with its behaviours, their causes, and who stands alone.

const GROUPS_AT_FIRST = 8;
const MEMBERS_AT_FIRST = 40;
const LONGEST_HEADLINE = 90;
const NAMES_AT_ONCE = 16;
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/**
 * The groups of which something is picked, with what is picked of each.
 * @param {Model} model
 * @param {Shown} shown
 * @param {State} state
 */
function pickedGroups(model, shown, state) {
  /** @type {Map<number, PageDifference[]>} */
  const found = new Map();
  for (const { at, picked } of shown.rows) {
    for (const place of picked.differences) {
      const { group, difference } = model.differences[at][place];
      const members = found.get(group);
      if (members) members.push(difference);
      else found.set(group, [difference]);
    }
  }
  const quiet = state.quiet || shown.query.words.some((word) => word.key === "kind" && !word.negated);
  return [...found.entries()]
    .filter(([group]) => quiet || !QUIET.has(model.page.groups[group].kind))
    .sort(([one], [other]) => one - other);
}

/**
 * @param {Model} model
 * @param {Shown} shown
 * @param {State} state
 * @param {App} app
 */
function showDifferences(model, shown, state, app) {
  const groups = pickedGroups(model, shown, state);
  const count = groups.reduce((sum, [, members]) => sum + members.length, 0);
  const all = state.groups.includes("all");
  const first = all ? groups : groups.filter(([group], at) => at < GROUPS_AT_FIRST || state.groups.includes(groupName(group)));
  const rest = groups.length - first.length;
  element("differences-count").textContent = groups.length
    ? `${several(count, "step")} over which targets part, in ${several(groups.length, "way")}`
    : shown.rows.some(({ picked }) => picked.differences.length)
      ? "Only in quiet kinds: types and messages"
      : "No difference in what is shown";
  element("differences-kinds").replaceChildren(...kindButtons(model, groups, state, app));
  element("differences-list").replaceChildren(...first.map(([group, members]) => groupCard(model, group, members, state, app)));
  element("differences-more").replaceChildren(
    ...(rest ? [h("button", { type: "button", onclick: () => app.change({ groups: [...state.groups, "all"] }) }, `Show ${several(rest, "further way")}`)] : []),
  );
}

/**
 * How many differences there are of each kind; each narrows the query to its kind.
 * @param {Model} model
 * @param {[number, PageDifference[]][]} groups
 * @param {State} state
 * @param {App} app
 */
function kindButtons(model, groups, state, app) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const [group, members] of groups) {
    const { kind } = model.page.groups[group];
    counts.set(kind, (counts.get(kind) ?? 0) + members.length);
  }
  if (counts.size < 2) return [];
  return [...counts].map(([kind, count]) =>
    h("button", { type: "button", class: `kind kind-${kind}`, onclick: () => app.change({ q: `${state.q} kind:${kind}`.trim(), groups: [] }, true) }, `${kind} ${count.toLocaleString("en")}`),
  );
}

/** @param {number} group */
function groupName(group) {
  return String(group + 1);
}

/**
 * @param {Model} model
 * @param {number} group
 * @param {PageDifference[]} members
 * @param {State} state
 * @param {App} app
 */
function groupCard(model, group, members, state, app) {
  const name = groupName(group);
  const open = state.groups.includes(name);
  const kind = model.page.groups[group].kind;
  const example = members.find((each) => each.because !== undefined) ?? members[0];
  const scenarios = new Set(members.map((each) => each.scenario)).size;
  const toggle = () => app.change({ groups: open ? state.groups.filter((each) => each !== name) : [...state.groups, name] });
  const title = `group-${name}`;
  return h(
    "li",
    { class: "card", "aria-labelledby": title },
    h(
      "h3",
      { id: title },
      h("span", { class: `kind kind-${kind}` }, kind),
      h("span", { class: "headline" }, headline(model, example)),
      h("span", { class: "dim" }, ` ${several(members.length, "step")} in ${several(scenarios, "scenario")}`),
    ),
    behaviours(model, example, app),
    members.length > 1 || open
      ? h("button", { type: "button", class: "quiet", "aria-expanded": String(open), onclick: toggle }, open ? "Hide the steps" : `All ${several(members.length, "step")}`)
      : null,
    open ? memberList(model, members, app) : null,
  );
}

/**
 * Who stands alone, or what parts the targets.
 * @param {Model} model
 * @param {PageDifference} difference
 */
function headline(model, difference) {
  const odd = model.odd(difference);
  const everyone = difference.behaviours.reduce((sum, behaviour) => sum + model.list(behaviour.targets).length, 0);
  if (odd.length === 1 && everyone > 2) return `${model.targetIds[odd[0]]} stands alone`;
  const causes = difference.behaviours.map((behaviour) => model.text(behaviour.cause)).filter(Boolean);
  if (!causes.length) return "not explained by any fact";
  const together = causes.join(" · ");
  return together.length <= LONGEST_HEADLINE ? together : causes.reduce((one, other) => (other.length < one.length ? other : one));
}

/**
 * The behaviours of one difference with their causes, an example, and the documented reason.
 * @param {Model} model
 * @param {PageDifference} difference
 * @param {App | null} app With it, an example is named.
 */
function behaviours(model, difference, app) {
  const texts = difference.behaviours.map((behaviour) => model.text(behaviour.shown));
  const marks = markedAll(texts);
  const odd = new Set(model.odd(difference));
  return h(
    "div",
    { class: "behaviours" },
    app ? h("p", { class: "example" }, code(model.text(difference.call), "call"), " in ", scenarioLink(model, difference.scenario, app)) : null,
    band(model, difference),
    h(
      "ol",
      { class: "behaviour-list" },
      difference.behaviours.map((behaviour, at) => behaviourItem(model, behaviour, at, marks[at], odd)),
    ),
    difference.because === undefined
      ? null
      : h("p", { class: "because" }, h("b", {}, "because "), model.text(difference.because), " ", sources(model, difference.see)),
  );
}

/**
 * @param {Model} model
 * @param {PageBehaviour} behaviour
 * @param {number} at
 * @param {Node[]} marked
 * @param {Set<number>} odd
 */
function behaviourItem(model, behaviour, at, marked, odd) {
  const targets = model.list(behaviour.targets);
  const cause = model.text(behaviour.cause);
  // Where all stand apart, nobody stands alone.
  const alone = targets.length === 1 && odd.size === 1 && odd.has(targets[0]);
  return h(
    "li",
    {},
    swatch(at),
    h(
      "div",
      {},
      h("p", { class: "what" }, h("code", { class: "shown", dir: "ltr" }, marked)),
      h("p", { class: "why" }, cause ? code(cause, "cause") : h("span", { class: "cause dim" }, "not explained")),
      h("p", { class: alone ? "who alone" : "who" }, `${targets.length} of ${model.targetIds.length}: `, targetNames(model, targets)),
    ),
  );
}

/** @param {number} at */
function swatch(at) {
  return h("span", { class: `swatch behaviour-${at % 6}` }, LETTERS[at % 26]);
}

/**
 * The names of targets; of very many the first, and all when somebody asks.
 * @param {Model} model
 * @param {number[]} targets
 * @returns {Child}
 */
function targetNames(model, targets) {
  const others = model.targetIds.filter((_, at) => !targets.includes(at));
  if (!others.length && targets.length > 1) return "all targets";
  if (targets.length > 3 && others.length <= 2) return `all but ${others.join(" and ")}`;
  const names = targets.map((target) => model.targetIds[target]);
  if (names.length <= NAMES_AT_ONCE) return names.join(", ");
  return h("details", { class: "name-list" }, h("summary", {}, `${names.slice(0, NAMES_AT_ONCE / 2).join(", ")} and ${names.length - NAMES_AT_ONCE / 2} more`), names.slice(NAMES_AT_ONCE / 2).join(", "));
}

/**
 * One square a target, in the order of likeness: a picture of who is with whom. The list below it says the same in words.
 * @param {Model} model
 * @param {PageDifference} difference
 */
function band(model, difference) {
  const of = new Map(difference.behaviours.flatMap((behaviour, at) => model.list(behaviour.targets).map((target) => [target, at])));
  const squares = (model.page.order ?? []).map((target) => {
    const at = of.get(target);
    const who = model.targetIds[target];
    return at === undefined
      ? h("span", { class: "swatch none", title: `${who}: not compared` }, "·")
      : h("span", { class: `swatch behaviour-${at % 6}`, title: `${who}: ${LETTERS[at % 26]}` }, LETTERS[at % 26]);
  });
  return h("div", { class: "band", "aria-hidden": "true" }, squares);
}

/**
 * @param {Model} model
 * @param {number[] | undefined} places
 */
function sources(model, places) {
  return h("span", { class: "sources" }, (places ?? []).map((place) => cited(model, model.text(place))));
}

/**
 * @param {Model} model
 * @param {number} scenario
 * @param {App} app
 */
function scenarioLink(model, scenario, app) {
  const { id } = model.page.scenarios[scenario];
  return h("a", { href: app.scenarioAddress(id), class: "scenario" }, id);
}

/**
 * @param {Model} model
 * @param {PageDifference[]} members
 * @param {App} app
 */
function memberList(model, members, app) {
  const list = h("ul", { class: "members" });
  let shown = 0;
  const more = h("button", { type: "button", class: "quiet", onclick: add });
  function add() {
    for (const member of members.slice(shown, shown + MEMBERS_AT_FIRST)) list.append(memberItem(model, member, app));
    shown = Math.min(shown + MEMBERS_AT_FIRST, members.length);
    more.hidden = shown === members.length;
    more.textContent = `${members.length - shown} more`;
  }
  add();
  return h("div", {}, list, more);
}

/**
 * @param {Model} model
 * @param {PageDifference} member
 * @param {App} app
 */
function memberItem(model, member, app) {
  const marks = markedAll(member.behaviours.map((behaviour) => model.text(behaviour.shown)));
  return h(
    "li",
    {},
    scenarioLink(model, member.scenario, app),
    h("span", { class: "dim" }, `:${member.line} `),
    code(model.text(member.call), "call"),
    h("span", { class: "sides" }, member.behaviours.map((_, at) => h("span", {}, swatch(at), h("code", { class: "shown", dir: "ltr" }, marks[at])))),
  );
}

// ------------------------------------------------------------------------------------------------- differing parts

const MOST_WORDS = 400;

/**
 * Texts with the parts marked in which they differ.
 * @param {string[]} texts
 * @returns {Node[][]}
 */
function markedAll(texts) {
  const words = texts.map((text) => text.match(/[\p{L}\p{N}_]+|\s+|[^\p{L}\p{N}_\s]/gu) ?? []);
  return words.map((own, at) => {
    const others = words.filter((_, other) => (at === 0 ? other !== 0 : other === 0));
    if (!others.length || own.length > MOST_WORDS || others.some((other) => other.length > MOST_WORDS)) return [document.createTextNode(texts[at])];
    const common = others.map((other) => inCommon(own, other));
    const agreeing = own.map((_, place) => common.every((places) => places.has(place)));
    return hasMuchInCommon(own, agreeing) ? marked(own, agreeing) : [document.createTextNode(texts[at])];
  });
}

/**
 * Where hardly a word agrees, marks would say nothing.
 * @param {string[]} words
 * @param {boolean[]} common
 */
function hasMuchInCommon(words, common) {
  const isWord = (/** @type {string} */ word) => /[\p{L}\p{N}]/u.test(word);
  const all = words.filter(isWord).length;
  return words.filter((word, at) => common[at] && isWord(word)).length * 3 >= all && common.some(Boolean);
}

/**
 * Places of the words that one text has in common with another, in order.
 * @param {string[]} own
 * @param {string[]} other
 */
function inCommon(own, other) {
  const longest = Array.from({ length: own.length + 1 }, () => new Uint16Array(other.length + 1));
  for (let i = own.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      longest[i][j] = own[i] === other[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  const places = new Set();
  for (let i = 0, j = 0; i < own.length && j < other.length; ) {
    if (own[i] === other[j]) {
      places.add(i++);
      j++;
    } else if (longest[i + 1][j] >= longest[i][j + 1]) i++;
    else j++;
  }
  return places;
}

/**
 * @param {string[]} words
 * @param {boolean[]} common
 */
function marked(words, common) {
  /** @type {Node[]} */
  const nodes = [];
  for (let from = 0; from < words.length; ) {
    let to = from + 1;
    while (to < words.length && common[to] === common[from]) to++;
    const text = words.slice(from, to).join("");
    nodes.push(common[from] ? document.createTextNode(text) : h("mark", {}, text));
    from = to;
  }
  return nodes;
}
