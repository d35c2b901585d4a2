// A question: choose or type a guess; only then the answer comes, from Python.

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  if (["button", "input"].includes(tag)) made.setAttribute("data-lm-suppress-shortcuts", "true");
  made.append(...children);
  return made;
}

function render({ model, el }) {
  const group = `rmsprop-guess-${Math.random().toString(36).slice(2)}`;
  const options = model.get("choices").map((choice) => element("input",
    { type: "radio", name: group, value: choice, checked: choice === model.get("guess") }));
  const button = element("button", { type: "button", textContent: "This is my guess" });
  const reply = element("p", { className: "rmsprop-reply" });
  reply.setAttribute("role", "status");
  const chosen = () => options.find((option) => option.checked)?.value ?? "";
  button.onclick = () => {
    if (!chosen()) return (reply.textContent = "Choose one of the answers first.");
    if (chosen() !== model.get("guess")) reply.textContent = "Waiting for Python to measure.";
    model.set("guess", chosen());
    model.save_changes();
  };
  const show = () => {
    for (const option of options) option.checked = option.value === model.get("guess");
    reply.textContent = model.get("reply");
  };
  el.classList.add("rmsprop-prediction");
  el.append(element("fieldset", {}, element("legend", { textContent: model.get("question") }),
    ...options.map((option) => element("label", {}, option, option.value)), button), reply);
  el.addEventListener("keydown", (event) => event.stopPropagation());
  model.on("change:reply", show);
  show();
}

export default { render };
