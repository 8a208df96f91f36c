// Makes elements. Text becomes text nodes and nothing else: what a target said is never read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes and children; `on…` are listeners, `class` and all others attributes, false and null are left out.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Child | Child[] | Child[][])} children
 * @returns {HTMLElement}
 */
function h(tag, attributes = {}, ...children) {
  return /** @type {HTMLElement} */ (filled(document.createElement(tag), attributes, children.flat(2)));
}

/**
 * The same for SVG.
 * @param {string} tag
 * @param {Record<string, any>} [attributes]
 * @param {...(Child | Child[])} children
 * @returns {SVGElement}
 */
function svg(tag, attributes = {}, ...children) {
  return /** @type {SVGElement} */ (filled(document.createElementNS(SVG, tag), attributes, children.flat()));
}

/**
 * @param {Element} made
 * @param {Record<string, any>} attributes
 * @param {Child[]} children
 */
function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), value);
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children) if (child || child === "") made.append(child);
  return made;
}

/**
 * The element that the template has under an id.
 * @param {string} id
 * @returns {HTMLElement}
 */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no element '${id}'`);
  return found;
}

/**
 * Text of a program or of a target, kept apart from the direction of what surrounds it.
 * @param {string} text
 * @param {string} [kind]
 */
function code(text, kind = "") {
  return h("code", { class: kind || null, dir: "ltr" }, text);
}

/**
 * A source that somebody cites; a link where it can be read on the web.
 * @param {Model} model
 * @param {string} source
 */
function cited(model, source) {
  const url = model.page.links?.[source];
  return url ? h("a", { href: url, rel: "noreferrer external", class: "source" }, source.startsWith("https:") ? shortAddress(source) : source) : h("span", { class: "source" }, source);
}

/**
 * Where a file can be read on the web; empty where nobody knows, or where its path may lead away from there: browsers take out `..`.
 * @param {string | undefined} source
 * @param {string} file
 */
function fileAddress(source, file) {
  const parts = file.split("/");
  return !source || parts.some((part) => part === "" || part === "..") ? "" : `${source}/${parts.map(encodeURIComponent).join("/")}`;
}

/** @param {string} url */
function shortAddress(url) {
  const bare = url.replace(/^https:\/\/(www\.)?/, "").replace(/\/$/, "");
  return bare.length > 60 ? `${bare.slice(0, 28)}…${bare.slice(-30)}` : bare;
}

/**
 * A bar of verdicts.
 * @param {Map<string, number>} counts
 * @param {string} [kind]
 */
function bar(counts, kind = "bar") {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const drawn = svg("svg", { class: kind, viewBox: "0 0 100 10", preserveAspectRatio: "none", role: "img", "aria-label": countWords(counts) });
  let x = 0;
  for (const verdict of BAR_ORDER) {
    const width = (100 * (counts.get(verdict) ?? 0)) / (total || 1);
    if (width) drawn.append(svg("rect", { class: `bar-${verdict}`, x: x.toFixed(2), y: 0, width: width.toFixed(2), height: 10 }));
    x += width;
  }
  drawn.append(svg("title", {}, countWords(counts)));
  return drawn;
}

/** @param {Map<string, number>} counts */
function countWords(counts) {
  const words = BAR_ORDER.filter((verdict) => counts.get(verdict)).map((verdict) => `${counts.get(verdict)} ${verdict}`);
  return words.join(", ") || "nothing";
}

/** @param {Iterable<string>} verdicts */
function tally(verdicts) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const verdict of verdicts) counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
  return counts;
}

/**
 * Let somebody keep a text as a file.
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
function download(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = h("a", { href: url, download: name, hidden: true });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/**
 * A button that copies a text.
 * @param {string} text
 * @param {string} what
 */
function copyButton(text, what) {
  const button = h("button", { type: "button", class: "small", onclick: copy, "aria-label": `Copy ${what}` }, "Copy");
  async function copy() {
    try {
      await navigator.clipboard.writeText(text);
      button.textContent = "Copied";
    } catch {
      button.textContent = "Select it and press Ctrl+C";
    }
  }
  return button;
}
