// Shows what is red: verdicts that are neither a pass nor documented, with their grounds; of those that are known, why.

const RED_AT_FIRST = 12;

/**
 * @param {Model} model
 * @param {Shown} shown
 * @param {State} state
 * @param {App} app
 */
function showRed(model, shown, state, app) {
  const entries = pickedRed(model, shown);
  const first = state.groups.includes("red") ? entries : entries.slice(0, RED_AT_FIRST);
  const rest = entries.length - first.length;
  element("red").hidden = !entries.length;
  element("red-list").replaceChildren(...first.map((entry) => redItem(model, entry, app)));
  element("red-more").replaceChildren(
    ...(rest ? [h("button", { type: "button", onclick: () => app.change({ groups: [...state.groups, "red"] }) }, `Show ${rest.toLocaleString("en")} more`)] : []),
  );
}

/**
 * Those of which a cell is picked.
 * @param {Model} model
 * @param {Shown} shown
 */
function pickedRed(model, shown) {
  const cells = new Map(shown.rows.map(({ at, picked }) => [at, new Set(picked.cells)]));
  return (model.page.red ?? []).filter((entry) => model.list(entry.targets).some((target) => cells.get(entry.scenario)?.has(target)));
}

/**
 * @param {Model} model
 * @param {PageRed} entry
 * @param {App} app
 */
function redItem(model, entry, app) {
  const targets = model.list(entry.targets);
  const { id } = model.page.scenarios[entry.scenario];
  return h(
    "li",
    {},
    h("span", { class: `verdict is-${entry.verdict}${entry.known === undefined ? "" : " known"}` }, `${SIGNS[entry.verdict]} ${entry.verdict}${entry.known === undefined ? "" : ", known"}`),
    h(
      "div",
      {},
      h("p", {}, h("a", { href: app.scenarioAddress(id, model.targetIds[targets[0]]), class: "scenario" }, id), entry.call === undefined ? null : [" ", code(model.text(entry.call), "call")]),
      h("p", {}, h("bdi", {}, model.text(entry.grounds))),
      entry.known === undefined ? null : h("p", { class: "because" }, h("b", {}, "known: "), model.text(entry.known), " ", sources(model, entry.see === undefined ? [] : [entry.see])),
      h("p", { class: "who" }, targetNames(model, targets)),
    ),
  );
}
