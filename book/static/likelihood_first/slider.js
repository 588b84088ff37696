// A slider for each closed form: the two parts of the objective, their sum, the information. Numbers are parts.js's.
"use strict";

(() => {
  const view = document.getElementById("likelihood-slider");
  if (!view) return;
  const SVG = "http://www.w3.org/2000/svg";
  const [WIDTH, HEIGHT, LEFT, RIGHT, BOTTOM, TOP] = [480, 240, 44, 8, 34, 10];
  const LINES = [
    { name: "minus log-likelihood", of: ([likelihood]) => -likelihood, colour: "var(--likelihood)", dash: "none" },
    { name: "gap", of: ([, gap]) => gap, colour: "var(--gap)", dash: "2 3" },
    { name: "minus ELBO, their sum", of: ([likelihood, gap]) => gap - likelihood, colour: "var(--elbo)", dash: "7 4" },
    { name: "information", of: ([, , information]) => information, colour: "var(--information)", dash: "9 3 2 3" },
  ];
  const find = (name) => view.querySelector(`[data-name="${name}"]`);
  const [choice, slider] = ["choice", "slider"].map(find);
  const written = (value, digits = 3) => value.toFixed(digits).replace("-", "−");
  let shown;

  function made(name, attributes, text = "") {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  }

  // Curves over all places; returns what puts the marker at one of them.
  function draw({ places, parts, parameter }) {
    const values = LINES.flatMap(({ of }) => parts.map(of));
    const [low, high] = [Math.min(0, ...values), Math.max(...values)];
    const across = (i) => LEFT + ((WIDTH - LEFT - RIGHT) * i) / (places.length - 1);
    const up = (value) => TOP + ((HEIGHT - BOTTOM - TOP) * (high - value)) / (high - low);
    const chart = find("chart");
    chart.replaceChildren();
    for (let nats = Math.ceil(low); nats <= high; nats++) {
      chart.append(made("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: up(nats), y2: up(nats), class: "rule" }));
      chart.append(made("text", { x: LEFT - 6, y: up(nats) + 4, "text-anchor": "end" }, written(nats, 0)));
    }
    for (const { of, colour, dash } of LINES) {
      const points = parts.map((row, i) => `${across(i)},${up(of(row))}`).join(" ");
      const line = made("polyline", { points, class: "course", "stroke-dasharray": dash });
      line.style.stroke = colour;
      chart.append(line);
    }
    for (const [i, anchor] of [[0, "start"], [places.length - 1, "end"]]) {
      chart.append(made("text", { x: across(i), y: HEIGHT - BOTTOM + 16, "text-anchor": anchor }, `${places[i]}`));
    }
    chart.append(made("text", { x: (LEFT + WIDTH) / 2, y: HEIGHT - 4, "text-anchor": "middle" }, parameter));
    const marker = made("line", { y1: TOP, y2: HEIGHT - BOTTOM, class: "marker" });
    chart.append(marker);
    return (i) => { for (const x of ["x1", "x2"]) marker.setAttribute(x, across(i)); };
  }

  function move() {
    const i = Number(slider.value);
    shown.mark(i);
    const place = `${shown.parameter} = ${shown.places[i]}`;
    find("place").textContent = place;
    const numbers = LINES.map(({ of }) => written(of(shown.parts[i])));
    numbers.forEach((number, line) => { find(`value-${line}`).textContent = number; });
    const said = LINES.map(({ name }, line) => `${name} ${numbers[line]}`).join(", ");
    slider.setAttribute("aria-valuetext", `${place}: ${said}`);
  }

  function choose() {
    const found = vaelibParts.find(({ name }) => name === choice.value);
    shown = { ...found, mark: draw(found) };
    slider.max = found.places.length - 1;
    slider.value = Math.round((found.places.length - 1) * 0.75);
    move();
  }

  choice.addEventListener("change", choose);
  slider.addEventListener("input", move);
  view.hidden = false;
  choose();
})();
