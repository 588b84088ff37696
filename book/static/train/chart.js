// A curve over the steps of training, the library's own beside it; the steps' axis is logarithmic.
"use strict";

(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [360, 130, 40, 12, 10, 22];

  function made(name, attributes, text = "") {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  }

  class Chart {
    // Steps from 1 to `last`, values from 0 to `top`.
    constructor(svg, last, top) {
      Object.assign(this, { svg, last, top });
      svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
      this.library = made("polyline", { class: "library" });
      this.ours = made("polyline", { class: "ours" });
      this.point = made("circle", { r: 4, class: "point" });
    }

    across(step) {
      return LEFT + ((WIDTH - LEFT - RIGHT) * Math.log(step)) / Math.log(this.last);
    }

    up(value) {
      return TOP + (HEIGHT - TOP - BOTTOM) * (1 - Math.min(value / this.top, 1));
    }

    points(values) {
      return Array.from(values, (value, i) => `${this.across(i + 1).toFixed(1)},${this.up(value).toFixed(1)}`).join(" ");
    }

    // Axes and the library's course; an empty one where there is none to compare with.
    frame(library) {
      this.svg.replaceChildren();
      for (let step = 1; step <= this.last; step *= 10) {
        const x = this.across(step);
        this.svg.append(made("line", { x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM, class: "rule" }));
        const anchor = step === this.last ? "end" : "middle";
        this.svg.append(made("text", { x, y: HEIGHT - 6, "text-anchor": anchor }, step.toLocaleString("en")));
      }
      for (const value of [0, this.top / 2, this.top]) {
        const y = this.up(value);
        this.svg.append(made("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y, y2: y, class: "rule" }));
        this.svg.append(made("text", { x: LEFT - 5, y: y + 4, "text-anchor": "end" }, `${value}`));
      }
      this.library.setAttribute("points", this.points(library));
      this.svg.append(this.library, this.ours, this.point);
    }

    draw(values) {
      this.ours.setAttribute("points", this.points(values));
      this.point.setAttribute("visibility", values.length ? "visible" : "hidden");
      if (!values.length) return;
      this.point.setAttribute("cx", this.across(values.length));
      this.point.setAttribute("cy", this.up(values.at(-1)));
    }
  }

  Object.assign(vaelibTraining, { Chart });
})();
