// What moves on the screen: draws the trajectories of an atlas on top of still scenes.
// It holds no update rule and knows nothing of Jupyter: it knows an atlas, scenes and controls, so
// it also runs in a plain page. widget.js, which is appended to it, ties it to a notebook.

const NOT_FINITE = -32768, BELOW = -32767, ABOVE = 32767;
const SVG = "http://www.w3.org/2000/svg";
const LIMIT = 32.7665;  // beyond the range of theta in an atlas
const SPEEDS = [1, 2, 5, 15, 30, 60];
const CALM = 2;  // pictures and, to begin with, steps a second for readers who ask for less motion
const STEMS = ["bars", "past"];  // panels whose lines are stems from zero

// ---- the atlas: see atlas.py for the packing -------------------------------------------------

async function inflate(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

export async function unpack(piece, channels) {
  const data = await inflate(piece);
  const runs = data.length / (2 * channels.reduce((sum, channel) => sum + channel.rows, 0));
  const codes = [];
  let at = 0, before = null;
  for (const channel of channels) {
    const size = runs * channel.rows, change = new Int16Array(size), code = new Int16Array(size);
    for (let i = 0; i < size; i++) {
      const folded = data[at + i] | (data[at + size + i] << 8);
      change[i] = ((folded >> 1) ^ -(folded & 1)) + (channel.relative ? before[i] : 0);
    }
    for (let i = 0; i < size; i++) code[i] = (i % channel.rows ? code[i - 1] : 0) + change[i];
    at += 2 * size;
    before = change;
    codes.push(code);
  }
  return codes;
}

function runNumber(positions, values) {
  let number = 0;
  for (const [name, allowed] of positions) {
    const place = allowed.indexOf(values[name]);
    if (place < 0) return -1;
    number = number * allowed.length + place;
  }
  return number;
}

// One run as numbers: {channel name: array over the iterations}.
function readRun(channels, codes, number) {
  const run = {};
  channels.forEach(({ name, unit, low, high, rows }, k) => {
    const scale = Math.round(1 / unit);
    run[name] = Array.from(codes[k].subarray(number * rows, (number + 1) * rows), (code) =>
      code === NOT_FINITE ? NaN : (code === BELOW ? low - 1 : code === ABOVE ? high + 1 : code) / scale);
  });
  return run;
}

// ---- what is on screen: one per explorer or chart, shared by its views ---------------------------

export function makeState(scene, setting) {
  return {
    scene, setting, atlases: scene.paths.map(() => null), exact: null, without: null, runs: [], ground: null,
    iteration: scene.n_steps, live: true, trouble: "", invalid: {}, note: "", version: 0, views: new Set(),
  };
}

// Look up the run of every path: a run, {waiting: true}, or {error: text}.
function lookUp(state) {
  const { scene, setting, exact } = state;
  const answered = exact && scene.parameters.every(({ name }) => exact.setting[name] === setting[name]);
  state.runs = scene.paths.map((path, k) => {
    const number = path.positions ? runNumber(path.positions, setting) : -1;
    const piece = number < 0 ? null : state.atlases[k]?.[Math.floor(number / path.runs_in_a_piece)];
    if (piece) {
      const run = readRun(path.channels, piece, number % path.runs_in_a_piece);
      return path.says ? { ...run, says: path.says[number] } : run;
    }
    if (number >= 0) return { waiting: true, loading: true };
    return (answered && exact.runs[k]) || state.without || { waiting: true };
  });
  if (scene.grounds) {
    const number = runNumber(scene.grounds.positions, setting);
    state.ground = number < 0 ? (answered && exact.ground) || null : scene.grounds.all[number];
  }
  state.version++;
  for (const draw of state.views) draw();
}

function waitingText(state) {
  if (state.runs.some((run) => run.loading)) return state.trouble || "Loading the trajectories.";
  const what = state.scene.parameters.map(({ name }) => `${name} = ${format(state.setting[name])}`);
  return state.live
    ? `Busy: waiting for Python to compute ${what.join(", ")}. ` +
      "If no answer comes, restart the kernel and run the cell again."
    : `Python is not running any more, so ${what.join(", ")} cannot be computed. ` +
      "Slider positions still work. To go on, restart the kernel and run the cell again.";
}

// The values of a line over the iterations, in the units of its panel (log10 on a log axis).
function valuesOf(line, run, { scene, ground }) {
  if (line.formula === "loss") return run.excess?.map((e) => Math.log10(scene.minimum + 10 ** e));
  if (line.formula !== "stability") return run[line.show];
  const [[a, b], [, d]] = (ground ?? scene).hessian;  // λmax of PH for P = diag(p, q)
  return run.effective_lr_0?.map((log, i) => {
    const p = 10 ** log, q = 10 ** run.effective_lr_1[i];
    return Math.log10((p * a + q * d) / 2 + Math.sqrt(((p * a - q * d) / 2) ** 2 + p * q * b * b));
  });
}

// A number as Python writes it: 0.1, 1e-05, 1.
export function format(value) {
  const size = Math.abs(value);
  const text = size && (size < 1e-4 || size >= 1e16) ? value.toExponential() : String(value);
  return twoDigitExponent(text);
}

const twoDigitExponent = (text) => text.replace(/e([+-])(\d)$/, "e$10$2");

const digits = (value, n) =>
  twoDigitExponent(value < 1e-4 ? value.toExponential(n - 1) : value.toPrecision(n));

function near(value) {
  if (Math.abs(value) < LIMIT) return value.toFixed(3);
  return value > 0 ? "above 32.766" : "below -32.766";
}

// A number in a sentence: three digits, two where it comes from a logarithm.
function inWords(value, { log, low, high }) {
  const write = (each) => format(Number((log ? 10 ** each : each).toPrecision(log ? 2 : 3)));
  if (Number.isNaN(value)) return "not finite";
  return value > high ? `above ${write(high)}` : value < low ? `below ${write(low)}` : write(value);
}

function describe(run, { name, told }, t, scene) {
  if (run.error) return `${name}: ${run.error}`;
  if (run.waiting) return "";
  if (told) {
    const begun = ({ show }) => t < run[show].length && run[show].slice(0, t + 1).some((each) => each === each);
    const numbers = told.filter(begun).map((each) => `${each.label} ${inWords(run[each.show][t], each)}`).join(", ");
    return [numbers.charAt(0).toUpperCase() + numbers.slice(1), run.says].filter(Boolean).join(". ");
  }
  const theta = [run.theta_0[t], run.theta_1[t]];
  const first = run.theta_0.findIndex((_, i) => Number.isNaN(run.theta_0[i] + run.theta_1[i]));
  if (first >= 0 && t >= first) return `${name}: the numbers are not finite from iteration ${first} on`;
  const beyond = theta.some((value) => Math.abs(value) >= LIMIT);
  const distance = Math.hypot(theta[0] - scene.optimum[0], theta[1] - scene.optimum[1]);
  const excess = run.excess?.[t];
  const loss = excess === undefined ? "" : excess < -12
    ? `, loss ${digits(scene.minimum, 3)}, less than 1e-12 above the minimum`
    : `, loss ${digits(scene.minimum + 10 ** excess, 3)}, ${digits(10 ** excess, 2)} above the minimum`;
  const far = beyond ? "more than 20" : distance < 0.001 ? "less than 0.001" : distance.toFixed(3);
  return `${name}: ${scene.names[0]} ${near(theta[0])}, ${scene.names[1]} ${near(theta[1])}${loss}, ` +
    `${far} from the optimum`;
}

// ---- one view: the player's controls and the panels --------------------------------------------

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  if (["button", "input", "select"].includes(tag)) made.setAttribute("data-lm-suppress-shortcuts", "true");
  made.append(...children);
  return made;
}

function shape(tag, attributes, parent) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent.append(made);
  return made;
}

function makePanel(panel, scene, id) {
  const [left, top, right, bottom] = panel.box;
  const image = element("img", { alt: panel.description, draggable: false,
    src: panel.file ?? "data:image/svg+xml;charset=utf-8," + encodeURIComponent(panel.svg) });
  const figure = element("figure", { className: "rmsprop-panel" }, image);
  figure.dataset.panel = panel.name;
  const svg = shape("svg", { viewBox: `0 0 ${panel.width} ${panel.height}`, "aria-hidden": "true" }, figure);
  const clip = shape("clipPath", { id }, svg);
  shape("rect", { x: left, y: top, width: right - left, height: bottom - top }, clip);
  const inside = shape("g", { "clip-path": `url(#${id})` }, svg);
  const contours = !scene.grounds || panel.over !== "theta" ? []
    : scene.grounds.radii.map(() => shape("polygon", { class: "rmsprop-contour" }, inside));
  const start = contours.length ? shape("rect", { class: "rmsprop-start", width: 7, height: 7 }, inside) : null;
  const cursor = panel.over === "iteration"
    ? shape("line", { class: "rmsprop-cursor", y1: top, y2: bottom }, inside) : null;
  const lines = panel.lines.map((line) => {
    const dashes = STEMS.includes(panel.over) ? "" : line.dashes.join(" ");
    const style = { "stroke-dasharray": dashes, stroke: line.colour, fill: "none" };
    return {
      ...line, points: [],
      all: shape("polyline", { ...style, class: "rmsprop-all", "stroke-width": line.width * 0.6 }, inside),
      done: shape("polyline", { ...style, class: "rmsprop-done", "stroke-width": line.width,
        "data-line": `${panel.name}-${line.path}-${line.show}` }, inside),
      marker: shape("circle", { r: 3.8, stroke: line.colour, class: "rmsprop-marker" }, svg),
      gone: shape("path", { d: "M0 -6 L5 4 L-5 4 Z", fill: line.colour, class: "rmsprop-gone" }, svg),
    };
  });
  const free = panel.over === "x" ? bottom - 8 : top + 14;  // beside what the still part says
  const note = shape("text", { class: "rmsprop-outside", x: (left + right) / 2, y: free }, svg);
  const [x0, x1] = panel.x, [y0, y1] = panel.y;
  const at = (x, y) => [left + ((x - x0) / (x1 - x0)) * (right - left),
    bottom - Math.max(-50, Math.min(50, (y - y0) / (y1 - y0))) * (bottom - top)];
  const legend = element("figcaption", { className: "rmsprop-legend" }, ...lines.map((line) => {
    const sample = document.createElementNS(SVG, "svg");
    sample.setAttribute("viewBox", "0 0 30 8");
    shape("line", { x1: 0, x2: 30, y1: 4, y2: 4, stroke: line.colour, "stroke-width": line.width,
      "stroke-dasharray": line.dashes.join(" ") }, sample);
    return element("span", {}, sample, line.label);
  }));
  figure.append(legend);
  return { panel, figure, lines, cursor, note, at, contours, start };
}

// The contours and the start of a problem that the sliders change.
function drawGround({ contours, start, at }, { scene, ground }) {
  const [[a, b], [c, d]] = ground.matrix, [x0, y0] = scene.optimum;
  contours.forEach((contour, k) => {
    const r = scene.grounds.radii[k];
    const points = Array.from({ length: 72 }, (_, i) => [r * Math.cos((i * Math.PI) / 36), r * Math.sin((i * Math.PI) / 36)]);
    contour.setAttribute("points", write(points.map(([x, y]) => at(x0 + a * x + b * y, y0 + c * x + d * y))));
  });
  at(...ground.start).forEach((place, k) => start.setAttribute("xy"[k], place - 3.5));
}

// What is drawn of a line: points of a curve, or of stems from zero, one after the other.
function pointsOf({ panel, at }, line, run, state, t) {
  if (run.waiting || run.error) return [];
  if (panel.over === "x") {
    const [a, b] = [run.theta_0[t], run.theta_1[t]];
    if (!(Math.abs(a) < LIMIT && Math.abs(b) < LIMIT)) return [];  // it is not known where the line is
    return panel.x.map((x) => at(x, a + b * x));
  }
  const plane = panel.over === "theta", points = [];
  const values = valuesOf(line, run, state) ?? [], across = run[line.across];
  if (STEMS.includes(panel.over)) {
    values.forEach((value, i) => {
      const x = panel.over === "past" ? t - i : i, y = Math.max(0, panel.y[0]);
      if (x >= 0 && Number.isFinite(value)) points.push(at(x, y), at(x, value), at(x, y));
    });
    return points;
  }
  for (let i = 0; i < values.length; i++) {
    const point = at(plane ? across[i] : i, values[i]);
    const drawn = !Number.isNaN(point[0] + point[1]);
    if (!drawn && points.some(Boolean)) break;  // a line may begin late; where it ends, it ends
    points.push(drawn ? point : null);
  }
  return points;
}

const write = (points) => points.filter(Boolean).map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" ");

const joined = (texts) => texts.filter(Boolean).join(" ");

// The marker, or, where the point has left the window, a triangle at the border that says so.
function mark(line, point, [left, top, right, bottom]) {
  const inside = point && point[0] >= left && point[0] <= right && point[1] >= top && point[1] <= bottom;
  line.marker.style.display = inside ? "" : "none";
  line.gone.style.display = point && !inside ? "" : "none";
  if (!point) return false;
  const x = Math.max(left, Math.min(right, point[0])), y = Math.max(top, Math.min(bottom, point[1]));
  line.marker.setAttribute("cx", x);
  line.marker.setAttribute("cy", y);
  const angle = (Math.atan2(point[0] - x, y - point[1]) * 180) / Math.PI;
  line.gone.setAttribute("transform", `translate(${x} ${y}) rotate(${angle})`);
  return !inside;
}

function drawPanel(made, state, t, fresh) {
  const { panel, lines, cursor, note } = made, follows = panel.over === "x" || STEMS.includes(panel.over);
  let gone = false;
  if (fresh && state.ground && made.start) drawGround(made, state);
  for (const line of lines) {
    const run = state.runs[line.path];
    if (fresh || follows) {
      line.points = pointsOf(made, line, run, state, t);
      line.text = line.points.map((point) => write([point]));
      line.all.setAttribute("points", follows ? "" : joined(line.text));
    }
    line.done.setAttribute("points", joined(follows ? line.text : line.text.slice(0, t + 1)));
    if (!follows) gone = mark(line, line.marked && line.points[t], panel.box) || gone;
    else {
      const [, top, , bottom] = panel.box;
      line.marker.style.display = line.gone.style.display = "none";
      const ys = line.points.map((point) => point[1]);
      gone ||= panel.over === "x" && Boolean(run.theta_0) && (Math.max(...ys) < top || Math.min(...ys) > bottom);
    }
  }
  if (cursor) for (const end of ["x1", "x2"]) cursor.setAttribute(end, made.at(t, panel.y[0])[0]);
  note.textContent = gone ? panel.gone : lines.length ? "" : panel.absent;
}

const wantsCalm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

export function makeView(root, state, actions) {
  const { scene } = state;
  // Each widget loads this module anew, so the page counts the views.
  const id = `rmsprop-${(globalThis.rmspropViews = (globalThis.rmspropViews ?? 0) + 1)}`;
  let playing = false, frame = 0, clock = 0, seen = -1, scheduled = false;
  let speed = Math.min(scene.speed ?? 30, wantsCalm() ? CALM : Infinity);
  const word = scene.word ?? "iteration", Word = word[0].toUpperCase() + word.slice(1);
  const named = (t) => (scene.rows ? `${word} ${t}, ${scene.rows[t]}` : `${word} ${t}`);
  const button = (textContent, title, onclick) => element("button", { type: "button", textContent, title, onclick });
  const go = (iteration) => actions.move(Math.max(0, Math.min(scene.n_steps, iteration)));
  const still = (iteration) => () => { stop(); go(iteration()); actions.rest(); };
  const play = button("Play", `Play or pause the ${word}s`, () => (playing ? (stop(), actions.rest()) : start()));
  play.className = "rmsprop-play";
  const scrubber = element("input", { type: "range", min: 0, max: scene.n_steps, step: 1, id: `${id}-scrubber`,
    oninput: () => { stop(); go(Number(scrubber.value)); }, onchange: () => actions.rest() });
  const count = element("output", { className: "rmsprop-count" });
  for (const [name, value] of [["for", scrubber.id], ["aria-live", "off"]]) count.setAttribute(name, value);
  const pace = element("select", { ariaLabel: "speed", onchange: () => (speed = Number(pace.value)) },
    ...SPEEDS.map((each) => element("option", { value: each, textContent: `${each} ${each === 1 ? "step" : "steps"}/s`, selected: each === speed })));
  const table = makeTable(root, state, id, word);
  const controls = element("div", { className: "rmsprop-controls" },
    button("First", "To the start", still(() => 0)),
    button("Back", "One step back", still(() => state.iteration - 1)),
    play,
    button("Forward", "One step forward", still(() => state.iteration + 1)),
    button("Last", "To the end", still(() => scene.n_steps)),
    pace, button("Reset", "Back to the first settings", () => { stop(); actions.reset(); }),
    ...(scene.imports ? [makeCode(root, state, id)] : []), table.button,
    element("div", { className: "rmsprop-scrubber" },
      element("label", { htmlFor: scrubber.id, textContent: word }), scrubber, count));
  controls.setAttribute("role", "group");
  controls.setAttribute("aria-label", "Player");
  const status = element("p", { className: "rmsprop-status" });
  status.setAttribute("role", "status");
  status.style.minHeight = `${1.45 * (scene.lines ?? scene.paths.length)}em`;  // so that nothing jumps
  const panels = scene.panels.map((panel, k) => makePanel(panel, scene, `${id}-${k}`));
  const grid = element("div", { className: "rmsprop-panels" }, ...panels.map((each) => each.figure));
  root.classList.add("rmsprop-player");
  root.append(controls, status, table.region, grid);
  root.addEventListener("keydown", (event) => event.stopPropagation());

  function stop() {
    playing = false;
    cancelAnimationFrame(frame);
    play.textContent = "Play";
  }

  function start() {
    if (state.iteration >= scene.n_steps) go(0);
    playing = true;
    play.textContent = "Pause";
    let exactly = state.iteration, painted = 0;
    const rest = wantsCalm() ? 1000 / CALM : 0;
    clock = performance.now();
    frame = requestAnimationFrame(function tick(now) {
      if (!root.isConnected) return stop();
      exactly = Math.min(scene.n_steps, exactly + (Math.max(0, now - clock) / 1000) * speed);
      clock = now;
      const due = now - painted >= rest || exactly === scene.n_steps;
      if (due && Math.floor(exactly) !== state.iteration) {
        painted = now;
        go(Math.floor(exactly));
      }
      if (exactly < scene.n_steps) return void (frame = requestAnimationFrame(tick));
      stop();
      actions.rest();
      schedule();
    });
  }

  function draw() {
    scheduled = false;
    const t = state.iteration, fresh = seen !== state.version;
    seen = state.version;
    const waiting = state.runs.some((run) => run.waiting);
    root.classList.toggle("rmsprop-waiting", waiting);
    for (const each of panels) drawPanel(each, state, t, fresh);
    scrubber.value = t;
    scrubber.setAttribute("aria-valuetext", `${named(t)} of ${scene.n_steps}`);
    count.textContent = `${t} / ${scene.n_steps}`;
    status.setAttribute("aria-live", playing ? "off" : "polite");
    const said = [Word + named(t).slice(word.length),
      ...state.runs.map((run, k) => describe(run, scene.paths[k], t, scene)), state.note,
      state.live ? "" : "Python is not running any more; slider positions still work"];
    status.textContent = waiting ? waitingText(state)
      : said.filter(Boolean).map((text) => `${text.replace(/\.$/, "")}.`).join(" ");
    table.follow(playing);
    actions.drawn?.(root);
  }

  function schedule() {
    if (!scheduled) requestAnimationFrame(draw);
    scheduled = true;
  }

  state.views.add(schedule);
  schedule();
  return () => { stop(); state.views.delete(schedule); };
}
