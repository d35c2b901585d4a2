// What a button opens and Escape closes: the code of the runs, and the table of their numbers.
// It is appended to player.js and uses its functions.

const REST = 100;  // ms without a new setting, after which an open table is written anew

// ---- a button and the box that it opens ----------------------------------------------------------

// The box can be reached by Tab, and its keys are its own: JupyterLab would take "d d" as a command.
function makeDisclosure(root, box, button, changed) {
  const open = (whether) => {
    box.hidden = !whether;
    button.setAttribute("aria-expanded", whether);
    changed(whether);
  };
  box.tabIndex = 0;
  box.setAttribute("data-lm-suppress-shortcuts", "true");
  button.setAttribute("aria-controls", box.id);
  button.addEventListener("click", () => open(box.hidden));
  root.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape" || box.hidden) return;
    if (box.contains(document.activeElement)) button.focus();
    open(false);
  });
  box.hidden = true;
  button.setAttribute("aria-expanded", "false");
}

// ---- the code of the runs ------------------------------------------------------------------------

// The code of the runs on screen, ready to be pasted into a cell.
function codeOf({ scene, setting }) {
  const calls = scene.paths.map(({ call, names, fixed }, k) => `path${k ? `_${k + 1}` : ""} = ${call}` +
    `${names.map((name) => `, ${name}=${format(fixed[name] ?? setting[name])}`).join("")})`);
  return [...scene.imports, ...calls].join("\n");
}

function makeCode(root, state, id) {
  const box = element("pre", { className: "rmsprop-code", id: `${id}-code` });
  const button = element("button", { type: "button", textContent: "Copy as code",
    title: "Copy the code that gives this run" });
  makeDisclosure(root, box, button, async (opened) => {
    if (!opened) return;
    box.textContent = codeOf(state);
    const copied = await navigator.clipboard?.writeText(box.textContent).then(() => true, () => false);
    button.textContent = copied ? "Copied" : "Copy from here";
    setTimeout(() => (button.textContent = "Copy as code"), 2000);
  });
  return element("span", { className: "rmsprop-copy" }, button, box);
}

// ---- the table: what the panels show, in numbers -------------------------------------------------

// Numbers as the sentence above the panels says them. What is known is a logarithm, in thousandths.
function fromLog(log, low = -LIMIT, write = (value) => digits(value, 2)) {
  if (Number.isNaN(log)) return "not finite";
  return log > LIMIT ? `above ${write(10 ** LIMIT)}` : log < low ? `below ${write(10 ** low)}` : write(10 ** log);
}

// The columns of an explorer, a group for each rule: [heading, what stands in row t].
function columnsOfRule(state, run, k) {
  const { scene } = state, columns = scene.names.map((name, i) => [name, (t) => {
    const value = run[`theta_${i}`][t];
    return Number.isNaN(value) ? "not finite" : near(value);
  }]);
  if (run.excess) columns.push(["loss", (t) => fromLog(run.excess[t], -Infinity, (excess) => digits(scene.minimum + excess, 3))],
    ["loss − minimum", (t) => fromLog(run.excess[t], -12)]);
  const rates = scene.panels.find(({ name }) => name === "rates")?.lines ?? [];
  for (const line of rates.filter(({ path }) => path === k)) {
    const values = valuesOf(line, run, state), head = line.label.replace(`, ${scene.paths[k].name}`, "");
    if (values) columns.push([line.formula ? head : `effective lr, ${head}`,
      (t) => (t < values.length ? fromLog(values[t]) : "")]);
  }
  return columns;
}

// The columns of a chart's panel: one for each line, two where it goes through a plane.
function columnsOfPanel({ lines, over, names }, run, channels) {
  const column = (head, show) => {
    const { low, high, unit } = channels.find(({ name }) => name === show), log = show.startsWith("log ");
    const begin = run[show].findIndex((value) => !Number.isNaN(value));
    const absent = (t) => t >= run[show].length || begin < 0 || t < begin || (over === "bars" && Number.isNaN(run[show][t]));
    return [head, (t) => (absent(t) ? "" : inWords(run[show][t], { log, low: low * unit, high: high * unit }))];
  };
  return lines.flatMap(({ label, across, show }) => across
    ? [column(`${label}, ${names[0]}`, across), column(`${label}, ${names[1]}`, show)] : [column(label, show)]);
}

function cell(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// A table with a group of columns for each rule or panel; return it with its rows.
function tableOf(caption, corner, heads, groups) {
  const columns = groups.flatMap((group) => group.columns);
  const rows = heads.map((head, t) => element("tr", {}, cell("th", head, { scope: "row" }),
    ...columns.map(([, text]) => cell("td", text(t)))));
  const named = groups.map(({ name, columns }) => cell("th", name, { scope: "colgroup", colspan: columns.length }));
  const table = element("table", {}, element("caption", { textContent: caption }), element("thead", {},
    element("tr", {}, cell("th", corner, { scope: "col", rowspan: 2 }), ...named),
    element("tr", {}, ...columns.map(([head]) => cell("th", head, { scope: "col" })))), element("tbody", {}, ...rows));
  return { table, rows };
}

// The tables of what is on screen, the one over the iterations first.
function tablesOf(state, word) {
  const { scene, runs, setting } = state, chart = scene.paths[0].told;
  const values = scene.parameters.map(({ name }) => `${name} = ${format(setting[name])}`).join(", ");
  if (runs.some((run) => run.waiting)) return [{ table: element("p", { textContent: waitingText(state) }), rows: [] }];
  const failed = runs.flatMap(({ error }, k) => (error ? [`${scene.paths[k].name}: ${error}.`] : []));
  const says = [...failed, ...runs.flatMap((run) => run.says ?? [])].map((text) => ` ${text}`).join("");
  const rounded = chart ? "Numbers have three digits, those on a log axis two."
    : "Parameters are rounded to a thousandth, losses and rates to a thousandth of their logarithm.";
  const panel = (each) => ({ ...each, columns: columnsOfPanel(each, runs[0], scene.paths[0].channels) });
  const panels = chart && !failed.length ? scene.panels.map(panel) : [];
  const groups = chart ? panels.filter(({ over }) => over !== "bars").map(({ title, columns }) => ({ name: title, columns }))
    : runs.flatMap((run, k) => (run.error ? [] : { name: scene.paths[k].name, columns: columnsOfRule(state, run, k) }));
  if (!groups.length) return [{ table: element("p", { textContent: says.trim() }), rows: [] }];
  const heads = Array.from({ length: scene.n_steps + 1 }, (_, t) => (scene.rows ? `${t}, ${scene.rows[t].replace("\n", " ")}` : t));
  const first = tableOf(`${chart ? scene.paths[0].name : "Path"}, ${values}.${says} ${rounded}`, word, heads, groups);
  const bars = panels.filter(({ over }) => over === "bars").map(({ title, lines, names, ticks, columns }) => {
    const places = ticks ?? runs[0][lines[0].show].map((_, i) => i);
    return tableOf(`${title}, ${values}.`, names[0], places, [{ name: title, columns }]);
  });
  return [first, ...bars];
}

// The button and the region of the table. Closed, it costs nothing; open, it is written when the
// setting has come to rest, and otherwise only the mark of the present iteration moves.
function makeTable(root, state, id, word) {
  const region = element("div", { className: "rmsprop-table", id: `${id}-table`, role: "group", ariaLabel: "Table of the path" });
  const button = element("button", { type: "button", textContent: "Show table", title: "The numbers of every " + word });
  let written = -1, rows = [], current = null, later = 0;
  const mark = () => {
    if (current === rows[state.iteration]) return false;
    current?.removeAttribute("aria-current");
    current = rows[state.iteration];
    current?.setAttribute("aria-current", "true");
    return true;
  };
  const show = () => {
    if (current) region.scrollTop = current.offsetTop - region.clientHeight / 2;
  };
  const write = () => {
    if (region.hidden) return;
    const tables = tablesOf(state, word);
    written = state.version;
    rows = tables[0].rows;
    region.replaceChildren(...tables.map(({ table }) => table));
    mark();
  };
  const follow = (playing) => {
    if (region.hidden) return;
    if (written !== state.version) {
      clearTimeout(later);
      later = setTimeout(write, REST);
    }
    if (mark() && !playing && document.activeElement !== region) show();
  };
  makeDisclosure(root, region, button, (opened) => {
    button.textContent = opened ? "Hide table" : "Show table";
    if (!opened) return region.replaceChildren();
    write();
    show();
  });
  return { button, region, follow };
}
