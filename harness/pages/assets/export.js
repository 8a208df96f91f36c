// Exports exactly what is shown: the rows, the columns in their order, and the differences that were picked.

const VIEW_VERSION = 1;

/**
 * @param {Model} model
 * @param {Shown} shown
 * @param {State} state
 */
function viewOf(model, shown, state) {
  const columns = ordered(model.page, shown.columns, state.by);
  const groups = pickedGroups(model, shown, state);
  const seen = new Set(groups.map(([group]) => group));
  return {
    view: VIEW_VERSION,
    run: model.page.folder,
    started: model.page.started,
    query: state.q,
    columns: columns.map((at) => model.targetIds[at]),
    rows: shown.rows.map(({ at, picked }) => ({
      scenario: model.page.scenarios[at].id,
      title: model.text(model.page.scenarios[at].title),
      verdicts: Object.fromEntries(columns.map((column) => [model.targetIds[column], model.verdict(at, column)])),
      differs: [...new Set(picked.differences.map((place) => model.differences[at][place]).filter((told) => seen.has(told.group)).map((told) => told.kind))],
      picked: columns.filter((column) => picked.cells.includes(column)).map((column) => model.targetIds[column]),
    })),
    differences: groups.flatMap(([group, members]) => members.map((member) => differenceView(model, model.page.groups[group].kind, member))),
  };
}

/**
 * @param {Model} model
 * @param {string} kind
 * @param {PageDifference} difference
 */
function differenceView(model, kind, difference) {
  return {
    scenario: model.page.scenarios[difference.scenario].id,
    step: difference.step,
    call: model.text(difference.call),
    file_line: difference.line,
    kind,
    behaviours: difference.behaviours.map((behaviour) => ({
      targets: model.list(behaviour.targets).map((target) => model.targetIds[target]),
      shown: model.text(behaviour.shown),
      cause: model.text(behaviour.cause),
    })),
    because: model.text(difference.because),
    see: (difference.see ?? []).map((place) => model.text(place)),
  };
}

/**
 * The rows as a table for other programs.
 * @param {ReturnType<typeof viewOf>} view
 */
function csvOf(view) {
  const rows = [["scenario", "title", "differs", ...view.columns]];
  for (const row of view.rows) rows.push([row.scenario, row.title, row.differs.join(" "), ...view.columns.map((target) => row.verdicts[target])]);
  return rows.map((row) => row.map(csvField).join(",")).join("\r\n") + "\r\n";
}

/**
 * A spreadsheet must not take text for a formula.
 * @param {string} text
 */
function csvField(text) {
  const harmless = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
