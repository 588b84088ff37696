// Theorem 1 by hand, on its page: clouds, numbers to type, weights, the average, and words for those who listen.
"use strict";

(() => {
  const { load, drawing, four } = vaelibExplorer;
  const QUIET = 700; // milliseconds without a move before the numbers are spoken
  const view = document.getElementById("four");
  const find = (name) => view.querySelector(`[data-name="${name}"]`);

  let begun, state, clouds, speaking;
  const inputs = []; // {kind, i, element}

  function move(kind, i, value) {
    const kept = four.within(kind, value);
    if (kind === "z") state.z = kept;
    else state[kind === "m" ? "means" : "stds"][i] = kept;
    draw();
    clearTimeout(speaking);
    speaking = setTimeout(speak, QUIET);
  }

  const valueOf = ({ kind, i }) => (kind === "z" ? state.z : state[kind === "m" ? "means" : "stds"][i]);

  function draw() {
    const found = four.answer(state);
    clouds.draw(state);
    found.weights.forEach((weight, i) => {
      const row = find("rows").children[i];
      row.querySelector(".weight").textContent = drawing.share(weight);
      row.querySelector(".bar div").style.width = `${100 * weight}%`;
    });
    picture(find("average"), found.average);
    find("average").setAttribute("aria-label", `Weighted average, two by two pixels: ${found.average.map(written).join(", ")}`);
    find("perplexity").textContent = found.perplexity.toFixed(2);
    for (const input of inputs) {
      if (input.element !== document.activeElement) input.element.value = valueOf(input).toFixed(2);
    }
    return found;
  }

  function speak() {
    const { weights, perplexity } = four.answer(state);
    const each = weights.map((weight, i) => `x${i + 1} ${drawing.share(weight)}`).join(", ");
    find("spoken").textContent =
      `z is ${state.z.toFixed(2).replace("-", "minus ")}. Weights: ${each}. Perplexity ${perplexity.toFixed(2)}.`;
  }

  const written = (value) => (Number.isInteger(value) ? `${value}` : value.toFixed(2));

  // Two by two pixels, each with its number.
  function picture(box, pixels) {
    while (box.children.length < pixels.length) box.append(drawing.element("span"));
    pixels.forEach((value, i) => {
      const grey = Math.round(255 * value);
      box.children[i].textContent = written(value);
      box.children[i].style.background = `rgb(${grey}, ${grey}, ${grey})`;
      box.children[i].style.color = value < 0.5 ? "white" : "black";
    });
  }

  function number(kind, i, label) {
    const [min, max] = four.LIMITS[kind];
    const element = drawing.element("input", { type: "number", min, max, step: 0.1, ariaLabel: label });
    const input = { kind, i, element };
    element.addEventListener("input", () => Number.isFinite(element.valueAsNumber) && move(kind, i, element.valueAsNumber));
    element.addEventListener("change", () => { element.value = valueOf(input).toFixed(2); });
    inputs.push(input);
    return element;
  }

  function fill() {
    begun.images.forEach((pixels, i) => {
      const image = drawing.element("div", { className: "pixels", role: "img", ariaLabel: `Training image x${i + 1}` });
      picture(image, pixels);
      const cell = (...children) => drawing.element("td", {}, ...children);
      const name = drawing.element("th", { scope: "row", className: `cloud-${i + 1}`, textContent: `x${i + 1}` });
      const bar = drawing.element("div", { className: "bar" }, drawing.element("div"));
      const weight = cell(drawing.element("span", { className: "weight" }), bar);
      find("rows").append(drawing.element(
        "tr", {}, name, cell(image), cell(number("m", i, `m of x${i + 1}`)), cell(number("s", i, `s of x${i + 1}`)), weight,
      ));
    });
    find("z").append(number("z", 0, "z"));
  }

  function reset() {
    state = { ...begun, means: [...begun.means], stds: [...begun.stds] };
    draw();
  }

  async function start() {
    view.hidden = false;
    begun = await load("four");
    clouds = new four.Clouds(find("clouds"), begun.images.length, move);
    fill();
    reset();
    for (const [name, factor] of [["halve", 0.5], ["double", 2]]) {
      find(name).addEventListener("click", () => state.stds.forEach((std, i) => move("s", i, std * factor)));
    }
    find("reset").addEventListener("click", reset);
  }

  Object.assign(four, { page: { get state() { return state; } } });
  start().catch((error) => { find("complaint").textContent = error.message; });
})();
