// A page without Jupyter: brings explorers, charts and questions to life with the page's own means.
// It is appended to player.js and board.js, and follows predict.js as `prediction`.

const AHEAD = "900px";  // what comes into view within this distance is loaded

// ---- data: files of the site, or blocks of the page itself --------------------------------------

const arrivals = new Map(), asked = new Map();
globalThis.rmspropArrived = (name, data) => {
  arrivals.get(name)?.(data);
  arrivals.delete(name);
};

function bring(name) {
  const block = document.getElementById(`data-${name}`);
  if (block) return Promise.resolve(JSON.parse(block.textContent));
  if (!asked.has(name)) asked.set(name, new Promise((resolve, reject) => {
    arrivals.set(name, resolve);
    const failed = () => {  // also where something arrived that is no data, such as a log-in page
      if (arrivals.delete(name)) asked.delete(name);
      reject(new Error(`${name} could not be loaded`));
    };
    // A script and not fetch(), which browsers forbid for files on a disk.
    document.head.append(element("script", { src: `${root}data/${name}.js`, onerror: failed, onload: failed }));
  }));
  return asked.get(name);
}

const root = document.documentElement.dataset.root;
const bytes = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

// ---- explorers and charts -----------------------------------------------------------------------

let count = 0;

// A slider with its box and its line of words; state.change does what they ask for.
function makeRow({ name, words, meaning, positions, ...limits }, state, python) {
  const id = `dial-${(count += 1)}`;
  const slider = element("input", { type: "range", min: 0, max: positions.length - 1, step: 1, id,
    ariaLabel: `${words}, ${name}`, className: `rmsprop-slider-${name}` });
  const box = element("input", { type: "text", id: `${id}-box`, size: 8, autocomplete: "off", spellcheck: false, maxLength: 40 });
  let away = false;  // whether the refused value is one for Python
  const message = element("span", { className: "rmsprop-message", id: `${id}-says` });
  message.setAttribute("role", "status");
  box.setAttribute("aria-describedby", message.id);
  slider.oninput = () => state.change({ [name]: positions[Number(slider.value)] });
  box.onchange = () => {
    const no = refusal({ name, ...limits }, box.value, stillShown(state, name));
    if (!no && (positions.includes(Number(box.value)) || Number(box.value) === state.setting[name])) {
      return state.change({ [name]: Number(box.value) });
    }
    away = !no;
    state.invalid[name] = no || betweenPositions({ name, positions }, Number(box.value), state);
    reflect();
  };
  function reflect() {
    const value = state.setting[name], refused = state.invalid[name];
    slider.value = nearest(positions, value);
    slider.setAttribute("aria-valuetext", format(value) + (positions.includes(value) ? "" : ", between two positions"));
    if (!refused) box.value = format(value);
    box.setAttribute("aria-invalid", Boolean(refused));
    message.replaceChildren(refused || meaning, ...(refused && away && python ? [" ", python()] : []));
  }
  const row = element("div", { className: "rmsprop-row" },
    element("label", { htmlFor: id, textContent: words }), slider,
    element("label", { htmlFor: box.id, textContent: `${name} =` }), box, message);
  return { row, reflect };
}

function betweenPositions({ name, positions }, value, state) {
  const below = positions.filter((each) => each < value).at(-1), above = positions.find((each) => each > value);
  const near = [below, above].filter((each) => each !== undefined).map(format).join(" and ");
  const where = below === undefined || above === undefined ? "beyond the end of the slider" : "between two positions of the slider";
  return `${name} = ${format(value)} lies ${where}, where only Python can compute it. ` +
    `This page has ${near}. ${stillShown(state, name)}`;
}

// Where a page cannot ask Python: a link to where it runs.
function linkToPython() {
  const href = document.documentElement.dataset.python;
  return href && (() => element("a", { href, textContent: "Open it in Python" }));
}

async function mountBoard(place) {
  const board = await bring(place.dataset.board), { scene } = board;
  const panels = scene.panels.map((panel) => ({ ...panel, file: panel.file && root + panel.file }));
  const state = makeState({ ...scene, panels }, board.setting);
  state.iteration = board.iteration;
  state.note = board.note;
  state.without = { error: "this rule is Python's alone, so its path is drawn in the notebook only" };
  if (board.exact.runs) state.exact = await unpackExact({ ...board.exact,
    runs: board.exact.runs.map((run) => (run?.piece ? { ...run, piece: bytes(run.piece) } : run)) });
  const bringAtlases = () => load(state, async (k, i) => bytes(await bring(`${scene.paths[k].digest}_${i}`)),
    "The trajectories could not be loaded. Is the network there? Then move a slider.");
  const redraw = () => { for (const draw of state.views) draw(); };
  const rows = scene.parameters.map((parameter) => makeRow(parameter, state, linkToPython()));
  const show = () => { lookUp(state); for (const { reflect } of rows) reflect(); };
  const { rested, narrow } = place.dataset.address === undefined ? { rested: () => {} } : followAddress(place, state, show);
  state.change = (values) => {
    for (const name of Object.keys(values)) delete state.invalid[name];
    state.setting = { ...state.setting, ...values };
    show();
    rested();
    if (state.trouble && state.runs.some((run) => run.waiting)) bringAtlases();
  };
  const player = element("div");
  const live = element("div", { className: "rmsprop-explorer" }, ...rows.map(({ row }) => row), player);
  makeView(player, state, {
    move: (iteration) => { state.iteration = iteration; redraw(); },
    rest: rested,
    reset: () => { state.iteration = scene.start; state.invalid = {}; state.change(scene.first); },
  });
  narrow?.(live);
  show();
  place.replaceChildren(live);
  place.dataset.live = "";
  await bringAtlases();
}

// ---- the address: what it names is shown, and what is shown is named in it -----------------------

function followAddress(place, state, show) {
  const known = [...state.scene.parameters.map(({ name }) => name), "step", "panels"];
  const says = element("p", { className: "rmsprop-address" });
  says.setAttribute("role", "alert");
  place.before(says);
  const every = state.scene.panels.map(({ name }) => name);
  let panels = every;
  const read = () => {
    const wanted = { ...state.scene.first }, wrong = [], between = [];
    panels = every;
    let step = state.scene.start;
    for (const [name, text] of new URLSearchParams(location.hash.slice(1))) {
      const parameter = state.scene.parameters.find((each) => each.name === name);
      const no = parameter && refusal(parameter, text);
      if (name === "step" && /^\d+$/.test(text) && Number(text) <= state.scene.n_steps) step = Number(text);
      else if (name === "step") wrong.push(`step must be a whole number from 0 to ${state.scene.n_steps}, not "${text.slice(0, 40)}".`);
      else if (name === "panels" && text.split(",").every((each) => every.includes(each))) panels = text.split(",");
      else if (name === "panels") wrong.push(`panels must be some of ${every.join(",")}, not "${text.slice(0, 40)}".`);
      else if (!parameter) wrong.push(`There is no "${name.slice(0, 40)}"; there are ${known.join(", ")}.`);
      else if (no) wrong.push(no);
      else if (!parameter.positions.includes(Number(text))) between.push([parameter, Number(text)]);
      else wanted[name] = Number(text);
    }
    Object.assign(state, { setting: wanted, iteration: step, invalid: {} });
    wrong.push(...between.map(([parameter, value]) => betweenPositions(parameter, value, state)));
    says.textContent = wrong.length ? `The address of this page: ${wrong.slice(0, 4).join(" ")}` : "";
  };
  const narrow = (view) => {
    const [grid] = view.getElementsByClassName("rmsprop-panels"), figures = [...grid.children];
    const choose = () => grid.replaceChildren(...figures.filter(({ dataset }) => panels.includes(dataset.panel)));
    addEventListener("hashchange", choose);
    choose();
  };
  read();
  addEventListener("hashchange", () => { read(); show(); });
  let later = 0;
  const rested = () => {
    says.textContent = "";
    clearTimeout(later);
    if (location.protocol === "about:") return;  // a frame without an address of its own
    later = setTimeout(() => {
      const values = [...Object.entries(state.setting), ["step", state.iteration]].map(([name, value]) => `${name}=${format(value)}`);
      history.replaceState(null, "", `#${[...values, ...(panels.length === every.length ? [] : [`panels=${panels}`])].join("&")}`);
    }, 300);
  };
  return { rested, narrow };
}

// ---- questions, and tasks that ask for a number --------------------------------------------------

// The reply to a number: Python has listed them all, from left to right.
function replyAlong({ ends, beyond }, value) {
  const end = ends.find(([end]) => value <= end);
  return end ? end[value < end[0] ? 1 : 2] : beyond;
}

function replyTo({ choices, replies, limits }, guess) {
  if (choices.length) return replies[guess];
  const no = refusal(limits, guess).replace(/\.$/, "");
  const point = guess.trim().replace(",", ".");
  const hint = no && !refusal(limits, point) ? `. Write a point for the comma: ${point}` : "";
  return no ? no + hint : replyAlong(replies, Number(guess)).replace("{guess}", guess);
}

async function mountQuestion(place) {
  const values = { guess: "", reply: "", ...(await bring(place.dataset.question)) };
  const heard = {}, live = element("div");
  prediction.render({ el: live, model: {
    get: (name) => values[name],
    set: (name, value) => { values[name] = value; },
    on: (event, answer) => { heard[event] = answer; },
    send: async () => {},
    save_changes: () => { values.reply = replyTo(values, values.guess); heard["change:reply"](); },
  } });
  place.replaceChildren(live);
  place.dataset.live = "";
}

// ---- what is in view, or will be soon ------------------------------------------------------------

function failed(place, error) {
  console.warn("rmsprop_lesson:", error);
  place.append(element("p", { className: "rmsprop-failed", textContent:
    "What answers here could not be loaded. Look whether the network is there, and load the page again." }));
}

const NEEDED = ["DecompressionStream", "IntersectionObserver", "WeakRef"];

function watch(selector, mount) {
  if (NEEDED.some((name) => !(name in globalThis))) {
    for (const place of document.querySelectorAll(selector)) place.append(element("p", { className: "rmsprop-failed",
      textContent: "This browser is too old for the part that answers here. The picture shows it as it was stored." }));
    return;
  }
  const seen = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      seen.unobserve(target);
      mount(target).catch((error) => failed(target, error));
    }
  }, { rootMargin: AHEAD });
  for (const place of document.querySelectorAll(selector)) seen.observe(place);
}

// What is wider than the page scrolls, so the keyboard must be able to reach it.
function reachWhatScrolls() {
  for (const each of document.querySelectorAll("pre, .wide, math[display=block]")) {
    if (each.scrollWidth > each.clientWidth) each.setAttribute("tabindex", "0");
    else each.removeAttribute("tabindex");
  }
}

addEventListener("resize", reachWhatScrolls);
reachWhatScrolls();
watch("[data-board]", mountBoard);
watch("[data-question]", mountQuestion);
