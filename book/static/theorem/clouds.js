// The four clouds as curves over z, with handles for their centres, their widths and z, each a slider of its own.
"use strict";

(() => {
  const { LIMITS, density } = vaelibExplorer.four;
  const SVG = "http://www.w3.org/2000/svg";
  const [WIDTH, HEIGHT, SIDE, TOP, BOTTOM] = [360, 190, 12, 22, 30];
  const PLACES = 241;
  const [FROM, TO] = LIMITS.z;
  const STEP = 0.1; // of an arrow key; five times as far with shift
  const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1 };

  function made(name, attributes, text = "") {
    const element = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
    element.textContent = text;
    return element;
  }

  const across = (z) => SIDE + ((z - FROM) / (TO - FROM)) * (WIDTH - 2 * SIDE);

  class Clouds {
    // `move(kind, i, value)` is called with what a handle is moved to: m or s of cloud i, or z.
    constructor(svg, count, move) {
      Object.assign(this, { svg, move });
      svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
      const floor = HEIGHT - BOTTOM;
      svg.append(made("line", { x1: SIDE, x2: WIDTH - SIDE, y1: floor, y2: floor, class: "axis" }));
      for (let tick = FROM; tick <= TO; tick += 2) {
        svg.append(made("text", { x: across(tick), y: HEIGHT - 4, "text-anchor": "middle" }, `${tick}`.replace("-", "−")));
      }
      this.line = svg.appendChild(made("line", { y1: 4, y2: floor, class: "asked" }));
      this.clouds = Array.from({ length: count }, (_, i) => this.cloud(i));
      this.z = this.handle("z", 0, "code z", made("path", { d: "M 0 0 l 8 13 h -16 z", class: "of-z" }));
      svg.addEventListener("pointerdown", (event) => {
        if (!event.target.closest("[role=slider]")) this.follow("z", 0, this.z, event);
      });
    }

    cloud(i) {
      const number = i + 1;
      const group = this.svg.appendChild(made("g", { class: `cloud-${number}` }));
      const curve = group.appendChild(made("polyline", { class: "curve" }));
      const dot = group.appendChild(made("circle", { r: 3, class: "dot" }));
      const name = group.appendChild(made("text", { "text-anchor": "middle" }, `x${number}`));
      const centre = this.handle("m", i, `centre m of cloud ${number}`, made("circle", { r: 6, class: "handle" }), group);
      const width = this.handle("s", i, `width s of cloud ${number}`, made("rect", { x: -5, y: -5, width: 10, height: 10, class: "handle" }), group);
      return { curve, dot, name, centre, width };
    }

    handle(kind, i, label, shape, parent = this.svg) {
      const element = made("g", { role: "slider", tabindex: 0, "aria-label": label });
      const [lowest, highest] = LIMITS[kind];
      element.setAttribute("aria-valuemin", lowest);
      element.setAttribute("aria-valuemax", highest);
      element.append(made("circle", { r: 15, class: "reach" }), shape);
      element.addEventListener("pointerdown", (event) => this.follow(kind, i, element, event));
      element.addEventListener("keydown", (event) => {
        const turn = KEYS[event.key];
        if (!turn || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault(); // the page stays where it is
        const now = Number(element.getAttribute("aria-valuenow"));
        this.move(kind, i, Math.round((now + turn * STEP * (event.shiftKey ? 5 : 1)) * 100) / 100);
      });
      parent.append(element);
      return element;
    }

    // The pointer, from where it went down until it is lifted.
    follow(kind, i, element, event) {
      event.preventDefault();
      element.focus({ preventScroll: true });
      this.svg.setPointerCapture(event.pointerId);
      const moved = (pointer) => {
        const { left, width } = this.svg.getBoundingClientRect();
        const place = FROM + (((pointer.clientX - left) / width) * WIDTH - SIDE) / (WIDTH - 2 * SIDE) * (TO - FROM);
        this.move(kind, i, Math.round((kind === "s" ? Math.abs(place - this.shown.means[i]) : place) * 100) / 100);
      };
      const lifted = () => {
        this.svg.removeEventListener("pointermove", moved);
        for (const end of ["pointerup", "pointercancel"]) this.svg.removeEventListener(end, lifted);
      };
      this.svg.addEventListener("pointermove", moved);
      for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, lifted);
      if (kind === "z") moved(event);
    }

    draw(shown) {
      this.shown = shown;
      const { means, stds, z } = shown;
      const highest = Math.max(...means.map((mean, i) => density(mean, stds[i], mean)));
      const up = (value) => HEIGHT - BOTTOM - (value / highest) * (HEIGHT - TOP - BOTTOM);
      const put = (element, value, x, y) => {
        element.setAttribute("transform", `translate(${x.toFixed(2)} ${y.toFixed(2)})`);
        element.setAttribute("aria-valuenow", value.toFixed(2));
      };
      this.clouds.forEach(({ curve, dot, name, centre, width }, i) => {
        const [mean, std] = [means[i], stds[i]];
        const at = (place) => up(density(mean, std, place));
        const points = Array.from({ length: PLACES }, (_, k) => FROM + ((TO - FROM) * k) / (PLACES - 1));
        curve.setAttribute("points", points.map((p) => `${across(p).toFixed(1)},${at(p).toFixed(1)}`).join(" "));
        dot.setAttribute("cx", across(z));
        dot.setAttribute("cy", at(z));
        name.setAttribute("x", across(mean));
        name.setAttribute("y", at(mean) - 10);
        put(centre, mean, across(mean), at(mean));
        const side = mean + std > TO ? -1 : 1; // a handle outside the picture could not be reached
        put(width, std, across(mean + side * std), at(mean + std));
      });
      for (const x of ["x1", "x2"]) this.line.setAttribute(x, across(z));
      put(this.z, z, across(z), HEIGHT - BOTTOM);
    }
  }

  Object.assign(vaelibExplorer.four, { Clouds });
})();
