// A question: choose or type a guess; only then the answer comes, from Python.

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  if (["button", "input"].includes(tag)) made.setAttribute("data-lm-suppress-shortcuts", "true");
  made.append(...children);
  return made;
}

function choiceOf(choices) {
  const group = `rmsprop-guess-${Math.random().toString(36).slice(2)}`;
  const options = choices.map((choice) => element("input", { type: "radio", name: group, value: choice }));
  return {
    labels: options.map((option) => element("label", {}, option, option.value)),
    read: () => options.find((option) => option.checked)?.value ?? "",
    write: (guess) => options.forEach((option) => { option.checked = option.value === guess; }),
    missing: "Choose one of the answers first.",
  };
}

function typedNumber(label) {
  const box = element("input", { type: "text", size: 12, maxLength: 40, autocomplete: "off", spellcheck: false });
  return {
    labels: [element("label", {}, label, box)],
    read: () => box.value.trim(),
    write: (guess) => { box.value = guess; },
    missing: "Type a number first, such as 0.3 or 1e-3.",
  };
}

function render({ model, el }) {
  const choices = model.get("choices");
  const { label = "Your guess", done = "This is my guess" } = model.get("words") ?? {};
  const asked = choices.length ? choiceOf(choices) : typedNumber(label);
  const button = element("button", { type: "button", textContent: done });
  const reply = element("p", { className: "rmsprop-reply" });
  reply.setAttribute("role", "status");
  const answer = () => {
    const guess = asked.read();
    if (!guess) return (reply.textContent = asked.missing);
    reply.textContent = guess === model.get("guess") ? model.get("reply") : "Waiting for Python to measure.";
    model.set("guess", guess);
    Promise.resolve().then(() => model.send({})).then(() => model.save_changes()).catch(() => {
      reply.textContent = "Python is not running any more. Restart the kernel and run the cell again.";
    });
  };
  const show = () => {
    asked.write(model.get("guess"));
    reply.textContent = model.get("reply");
  };
  button.onclick = answer;
  el.classList.add("rmsprop-prediction");
  el.append(element("fieldset", {}, element("legend", { textContent: model.get("question") }),
    ...asked.labels, button), reply);
  el.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Enter" && event.target.tagName === "INPUT") answer();
  });
  model.on("change:reply", show);
  show();
}

export default { render };
