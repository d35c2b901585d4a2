// The widget: ties the player to a notebook. It is appended to player.js and board.js and uses their
// functions.

const HELD = ".noUi-active";  // a slider's handle while it is dragged

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

// Ask the kernel for one piece. All explorers of a page wait in one line, since Jupyter Server
// drops messages beyond 1 MB/s. A question without an answer is asked again.
function ask(model, path, piece) {
  const answer = () => new Promise((resolve, reject) => {
    const end = (settle, value) => {
      clearInterval(again);
      model.off("msg:custom", heard);
      model.off("destroy", gone);
      settle(value);
    };
    const heard = (message, buffers) => {
      if (message.path === path && message.piece === piece) end(resolve, buffers[0]);
    };
    const gone = () => end(reject, new Error("the widget is closed"));
    const send = () => {
      try { model.send({ ask: [path, piece] }); }
      catch (error) { end(reject, error); }  // the kernel is gone
    };
    const again = setInterval(send, 10000);
    model.on("msg:custom", heard);
    model.on("destroy", gone);
    send();
  });
  const turn = (globalThis.rmspropQueue ?? Promise.resolve()).then(answer);
  globalThis.rmspropQueue = Promise.race([turn.catch(() => {}), pause(10000)]).then(() => pause(160));
  return turn;
}

async function answer(model, state) {
  const exact = model.get("exact");
  if (!exact.setting) return;
  const turn = (state.turn = (state.turn ?? 0) + 1);  // a later answer wins
  const unpacked = await unpackExact(exact);
  if (turn !== state.turn) return;
  state.exact = unpacked;
  lookUp(state);
}

// Tie sliders and boxes to the setting, in the browser, so that no kernel is needed.
async function couple(model, state) {
  const controls = {}, parameters = state.scene.parameters;
  const find = async (id) => {
    for (let tries = 0; ; tries++) {
      try { return await model.widget_manager.get_model(id); }
      catch (error) { if (tries > 50) throw error; await pause(100); }
    }
  };
  for (const { name } of parameters) {
    controls[name] = {};
    for (const [part, id] of Object.entries(model.get("controls")[name])) controls[name][part] = await find(id);
  }
  const each = (visit) => parameters.forEach((parameter) => visit(parameter, controls[parameter.name]));
  // A control that is set while it tells of a change forgets to tell its other views.
  const put = (control, name, value) => { if (control.get(name) !== value) control.set(name, value); };
  const reflect = () => each(({ name, positions, meaning }, { slider, box, message }) => {
    put(slider, "index", nearest(positions, state.setting[name]));
    if (!state.invalid[name]) put(box, "value", format(state.setting[name]));
    put(message, "value", state.invalid[name] || meaning);
  });
  // Python hears of the setting alone, once the hand rests, and sets its own sliders, boxes and
  // messages likewise. It sends back none of them, so nothing late can undo a later change.
  let unsent = 0, closed = false;
  model.on("destroy", () => { closed = true; });  // Python has closed the widget
  const rest = () => {
    clearTimeout(unsent);
    unsent = setTimeout(() => (document.querySelector(HELD) ? rest() : send()), 100);
  };
  const send = () => {
    clearTimeout(unsent);
    model.set("setting", state.setting);
    if (state.live && !closed) model.save_changes();
  };
  state.change = (values) => {
    for (const name of Object.keys(values)) delete state.invalid[name];
    state.setting = { ...state.setting, ...values };
    lookUp(state);
    reflect();
    if (!state.runs.some((run) => run.waiting)) return rest();
    send();
    alive();
  };
  const slid = ({ name, positions }, { slider }) => {
    const index = slider.get("index");
    if (index !== nearest(positions, state.setting[name])) state.change({ [name]: positions[index] });
  };
  each(({ name, ...limits }, { slider, box }) => {
    slider.save_changes = () => {};  // what Python hears is the setting
    slider.on("change:index", () => slid({ name, ...limits }, { slider }));
    box.on("change:value", async () => {
      await null;  // until the box has told its other views
      const text = box.get("value");
      if (text === format(state.setting[name]) && !state.invalid[name]) return;
      const no = refusal({ name, ...limits }, text, stillShown(state, name));
      if (!no) return state.change({ [name]: Number(text) });
      state.invalid[name] = no;
      reflect();
    });
  });
  model.on("change:setting", () => {  // Python, or another page, has chosen: that is the last word
    clearTimeout(unsent);
    reflect();
  });
  const { slider } = Object.values(controls)[0];
  const live = () => { state.live = slider.comm_live; lookUp(state); };
  // After "Shut Down Kernel" no event comes; then a message cannot be sent.
  const alive = () => Promise.resolve().then(() => model.send({}))
    .catch(() => { state.live = false; lookUp(state); });
  slider.on("comm_live_update", live);
  live();
  each(slid);
  reflect();
  model.set("coupled", true);
  if (!closed) model.save_changes();
}

// What a slider says of its value. It would say its index, also where a key moves it nowhere.
function sayValue(handle, state, { name, positions }) {
  const value = state.setting[name], between = positions.includes(value) ? "" : ", between two positions";
  const text = format(value) + between;
  if (handle.getAttribute("aria-valuetext") !== text) handle.setAttribute("aria-valuetext", text);
}

// Names and keys for the handles of the sliders: JupyterLab would take "d d" as "delete the cell".
// Return whether every slider has one; they may be drawn after the first picture.
function nameHandles(root, state) {
  const explorer = root.closest(".rmsprop-explorer");
  if (!explorer) return root.isConnected;
  for (const parameter of state.scene.parameters) {
    const { name, words } = parameter;
    explorer.querySelectorAll(`.rmsprop-slider-${name} .noUi-handle`).forEach((handle) => {
      if (!handle.hasAttribute("aria-label")) {
        // a click beside the handle moves it: keys belong to it then
        handle.closest(".noUi-target").addEventListener("click", () => handle.focus({ preventScroll: true }));
        new MutationObserver(() => sayValue(handle, state, parameter))
          .observe(handle, { attributeFilter: ["aria-valuetext"] });
      }
      handle.setAttribute("data-lm-suppress-shortcuts", "true");
      handle.setAttribute("aria-label", `${words}, ${name}`);
      sayValue(handle, state, parameter);
    });
  }
  return explorer.querySelectorAll(".noUi-handle[aria-label]").length >= state.scene.parameters.length;
}

export default () => {
  let state;
  return {
    initialize({ model }) {
      state = makeState(model.get("scene"), model.get("setting"));
      state.iteration = model.get("iteration");
      state.note = model.get("note");
      state.change = (values) => { model.set("setting", { ...state.setting, ...values }); model.save_changes(); };
      model.on("change:setting", () => {
        const before = state.setting;
        state.setting = model.get("setting");
        if (before === state.setting) return;
        for (const name in before) if (before[name] !== state.setting[name]) delete state.invalid[name];
        lookUp(state);
      });
      model.on("change:iteration", () => { state.iteration = model.get("iteration"); for (const draw of state.views) draw(); });
      model.on("change:note", () => { state.note = model.get("note"); lookUp(state); });
      model.on("change:exact", () => answer(model, state));
      const opening = model.get("opening");
      // By this model, since that of a view hears nothing any more once the view is closed.
      state.load = () => load(state, (k, i) => opening[k]?.[i] ?? ask(model, k, i),
        "Python is not running any more, and this trajectory was not loaded yet. " +
        "Restart the kernel and run the cell again.");
      lookUp(state);
      answer(model, state);
      couple(model, state).catch((error) => console.warn("rmsprop_lesson: Python ties the controls.", error));
    },
    render({ model, el }) {
      const isFirst = !state.views.size;
      const leave = makeView(el, state, {
        move: (iteration) => model.set("iteration", iteration),
        rest: () => state.live && model.save_changes(),
        reset: () => { model.set("iteration", state.scene.start); state.change(state.scene.first); },
        drawn: (root) => nameHandles(root, state),
      });
      if (isFirst) state.load();
      const naming = setInterval(() => nameHandles(el, state) && clearInterval(naming), 200);
      return () => {
        clearInterval(naming);
        leave();
        if (!state.views.size) state.atlases.fill(null);  // nobody looks: free the memory
      };
    },
  };
};
