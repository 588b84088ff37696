// A walk from one training image to another along a straight line, and the borders on it, where the average jumps.
"use strict";

(() => {
  const LASTS = 6000; // milliseconds
  const PIECES = 500; // of a walk, each searched for borders
  const HALVINGS = 50; // of a piece around a border, down to the last digit of a double
  const stillness = matchMedia("(prefers-reduced-motion: reduce)");

  const along = (from, to, share) => from.map((value, d) => value + share * (to[d] - value));

  // The shares of the way at which the largest weight passes from one training image to another.
  function borders(optimal, from, to) {
    const scratch = new Float64Array(optimal.length);
    const owner = (share) => highest(optimal.logs(along(from, to, share), scratch));
    const found = [];
    for (let piece = 0; piece < PIECES; piece++) {
      let before = piece / PIECES;
      const end = (piece + 1) / PIECES;
      while (owner(before) !== owner(end)) { // more than once where a cell is narrower than a piece
        const mine = owner(before);
        let after = end;
        for (let halving = 0; halving < HALVINGS; halving++) {
          const middle = (before + after) / 2;
          if (owner(middle) === mine) before = middle;
          else after = middle;
        }
        found.push(after);
        before = after;
      }
    }
    return found;
  }

  function highest(logs) {
    let found = 0;
    for (let i = 1; i < logs.length; i++) if (logs[i] > logs[found]) found = i;
    return found;
  }

  // The walk's controls. `optimal` gives Theorem 1 on the page, nothing as long as there is none; `move` moves z.
  class Walk {
    constructor(find, labels, [from, to], optimal, move) {
      Object.assign(this, { find, optimal, move });
      fill(find("from"), labels, from);
      fill(find("to"), labels, to);
      for (const end of ["from", "to"]) find(end).addEventListener("change", () => this.begin());
      find("previous").addEventListener("click", () => this.turn(-1));
      find("next").addEventListener("click", () => this.turn(1));
      find("walk").addEventListener("click", () => this.press());
      find("border").addEventListener("click", () => this.toNextBorder());
      find("along").addEventListener("input", () => {
        this.stop();
        this.goTo(Number(find("along").value));
      });
      stillness.addEventListener("change", () => this.stop());
      this.rename();
    }

    // Positions of the training images at its ends.
    get ends() {
      return [Number(this.find("from").value), Number(this.find("to").value)];
    }

    place(share) {
      const { means } = this.optimal();
      return along(...this.ends.map((i) => Array.from(means.subarray(2 * i, 2 * i + 2))), share);
    }

    goTo(share) {
      if (!this.optimal()) return;
      this.find("along").value = share;
      this.move(this.place(share));
    }

    // From the start of a walk whose ends, or whose plane, have changed.
    begin() {
      this.stop();
      this.mark();
      this.goTo(0);
    }

    // The list of training images goes round.
    turn(step) {
      const { options, selectedIndex } = this.find("from");
      this.find("from").selectedIndex = (selectedIndex + step + options.length) % options.length;
      this.begin();
    }

    // Find the borders, and mark them at the slider.
    mark() {
      if (!this.optimal()) return;
      this.borders = borders(this.optimal(), this.place(0), this.place(1));
      this.find("borders").replaceChildren(...this.borders.map((share) => new Option("", share)));
      this.find("border").disabled = this.borders.length === 0;
    }

    toNextBorder() {
      if (!this.optimal()) return;
      this.stop();
      const here = Number(this.find("along").value);
      this.goTo(this.borders.find((share) => share > here + 1e-9) ?? this.borders[0]);
    }

    press() {
      if (this.step || !this.optimal()) return this.stop();
      const begun = Number(this.find("along").value) % 1;
      if (stillness.matches) return this.goTo(Math.min(begun + 0.1, 1)); // a step a press
      const start = performance.now() - begun * LASTS;
      const step = (now) => {
        const share = Math.min(Math.max((now - start) / LASTS, 0), 1);
        this.step = share < 1 ? requestAnimationFrame(step) : undefined;
        this.goTo(share);
        this.rename();
      };
      this.step = requestAnimationFrame(step);
      this.rename();
    }

    stop() {
      cancelAnimationFrame(this.step);
      this.step = undefined;
      this.rename();
    }

    rename() {
      this.find("walk").textContent = this.step ? "Stop" : stillness.matches ? "Walk a tenth of the way" : "Walk";
    }
  }

  function fill(select, labels, chosen) {
    for (let label = 0; label < 10; label++) {
      const group = document.createElement("optgroup");
      group.label = `Images of ${label}`;
      const places = [...labels.keys()].filter((i) => labels[i] === label);
      places.forEach((i, number) => group.append(new Option(`${label}, image ${number + 1}`, i)));
      select.append(group);
    }
    select.value = chosen;
  }

  Object.assign(vaelibExplorer, { Walk, borders });
})();
