// What a notebook and a plain page share beside the player: loading atlases, and what may be typed.
// It is appended to player.js and uses its functions.

const NUMBER = /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i;

// Load the atlases of a state, the piece that is wanted next first. get(k, i) brings a piece. What
// cannot be brought is left out, and where it is wanted, missing says so. It ends when nobody looks
// any more, or when it is begun anew.
async function load(state, get, missing) {
  const turn = (state.loads = (state.loads ?? 0) + 1);
  state.trouble = "";
  const shared = (globalThis.rmspropAtlases ??= new Map());
  for (const [k, path] of state.scene.paths.entries()) {
    if (!path.positions) continue;
    const pieces = (state.atlases[k] = shared.get(path.digest)?.deref() ?? []);
    shared.set(path.digest, new WeakRef(pieces));  // one copy for all explorers of a page
    const wanted = () => Math.floor(runNumber(path.positions, state.setting) / path.runs_in_a_piece);
    const left = [...Array(path.pieces).keys()];
    while (left.length) {
      if (turn !== state.loads || !state.views.size) return;
      const here = wanted();
      left.sort((a, b) => Math.abs(a - here) - Math.abs(b - here));
      const i = left.shift();
      try { pieces[i] ??= await unpack(await get(k, i), path.channels); }
      catch { state.trouble = missing; }
      if (i === wanted()) lookUp(state);
    }
  }
}

// What Python has computed for one setting, unpacked.
async function unpackExact(exact) {
  const runs = await Promise.all(exact.runs.map(async (run) =>
    run?.piece ? { ...readRun(run.channels, await unpack(run.piece, run.channels), 0), says: run.says } : run));
  return { ...exact, runs };
}

// Why a text is refused, or "" for a number that is allowed.
function refusal({ name, allowed, lower, lower_included, upper }, typed, more = "") {
  const value = NUMBER.test(typed.trim()) ? Number(typed) : NaN;
  const text = typed.length > 40 ? `${typed.slice(0, 37)}...` : typed;
  const low = lower ?? -Infinity;
  const fine = Number.isFinite(value) && (lower_included ? value >= low : value > low) && !(value >= (upper ?? Infinity));
  return fine ? "" : `${name} must be ${allowed}, not "${text}". ${more}`.trim();
}

const stillShown = (state, name) => `The picture still shows ${name} = ${format(state.setting[name])}.`;

const nearest = (positions, value) => positions.reduce(
  (best, each, i) => (Math.abs(each - value) < Math.abs(positions[best] - value) ? i : best), 0);
