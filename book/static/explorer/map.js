// The latent plane as a picture: the largest weight as colour, posteriors as ellipses, z and the walk above them.
"use strict";

(() => {
  const { colour, paint, shadeOfWeight } = vaelibExplorer.drawing;
  const CELLS = 400; // of the map, each way
  const MARGIN = { left: 26, right: 6, top: 6, bottom: 22 };
  const TICKS = [-4, -2, 0, 2, 4];
  const POINT = "#0072B2";
  const PINNED = "#D55E00";

  // Two canvases in a box: `ground` is drawn when training length, size or theme change, `over` when z does.
  class LatentMap {
    constructor(box, extent) {
      this.box = box;
      this.extent = extent;
      [this.ground, this.over] = box.querySelectorAll("canvas");
      this.maps = new Map(); // optimal decoder -> its map
    }

    // Adjust to the size of the box and the screen's density.
    resize() {
      this.side = Math.max(this.box.clientWidth, 100); // it is 0 as long as the page is not laid out
      for (const canvas of [this.ground, this.over]) {
        const pixels = Math.round(this.side * devicePixelRatio);
        if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
      }
      this.width = this.side - MARGIN.left - MARGIN.right;
      this.height = this.side - MARGIN.top - MARGIN.bottom;
    }

    x(z1) {
      return MARGIN.left + ((z1 + this.extent) / (2 * this.extent)) * this.width;
    }

    y(z2) {
      return MARGIN.top + ((this.extent - z2) / (2 * this.extent)) * this.height;
    }

    // Where on the plane a pointer is.
    latent(event) {
      const { left, top } = this.over.getBoundingClientRect();
      const share = [(event.clientX - left - MARGIN.left) / this.width, (event.clientY - top - MARGIN.top) / this.height];
      return [(2 * share[0] - 1) * this.extent, (1 - 2 * share[1]) * this.extent];
    }

    drawGround(optimal) {
      this.resize();
      const context = start(this.ground);
      context.drawImage(this.map(optimal), this.x(-this.extent), this.y(this.extent), this.width, this.height);
      context.save();
      context.rect(MARGIN.left, MARGIN.top, this.width, this.height);
      context.clip();
      for (let i = 0; i < optimal.length; i++) this.posterior(context, optimal, i, 1);
      context.restore();
      this.axes(context);
    }

    map(optimal) {
      if (!this.maps.has(optimal)) {
        const scratch = new Float64Array(optimal.length);
        const at = (cell) => this.extent * ((2 * cell + 1) / CELLS - 1);
        const canvas = document.createElement("canvas");
        paint(canvas, CELLS, CELLS, (i) =>
          shadeOfWeight(optimal.largestWeight([at(i % CELLS), -at(Math.floor(i / CELLS))], scratch)));
        this.maps.set(optimal, canvas);
      }
      return this.maps.get(optimal);
    }

    // Two standard deviations around the mean, as everywhere in the book: an ellipse to be seen on dark and on pale.
    posterior(context, optimal, i, width) {
      const [x, y] = [this.x(optimal.means[2 * i]), this.y(optimal.means[2 * i + 1])];
      const perUnit = [this.width / (2 * this.extent), this.height / (2 * this.extent)];
      context.beginPath();
      context.ellipse(x, y, 2 * perUnit[0] * optimal.stds[2 * i], 2 * perUnit[1] * optimal.stds[2 * i + 1], 0, 0, 2 * Math.PI);
      stroke(context, width, "rgb(255 255 255 / 35%)", "rgb(0 0 0 / 80%)");
      context.beginPath();
      context.arc(x, y, 1 + width / 2, 0, 2 * Math.PI);
      context.fillStyle = POINT;
      context.fill();
    }

    axes(context) {
      const text = colour("--pst-color-text-muted");
      context.strokeStyle = context.fillStyle = text;
      context.font = "12px sans-serif";
      context.lineWidth = 1;
      context.strokeRect(MARGIN.left, MARGIN.top, this.width, this.height);
      context.textAlign = "right";
      context.fillText("z₁", this.side - MARGIN.right, this.side - 6);
      context.fillText("z₂", MARGIN.left - 5, MARGIN.top + 10);
      for (const tick of TICKS) {
        const words = String(tick).replace("-", "−");
        context.textAlign = "center";
        context.fillText(words, this.x(tick), this.side - 6);
        context.textAlign = "right";
        context.fillText(words, MARGIN.left - 5, this.y(tick) + 4);
      }
    }

    // z as a cross, filled where it is pinned, the walk as a line, the nearest neighbours' posteriors in bold.
    drawOver(optimal, z, neighbours, walk, pinned) {
      const context = start(this.over);
      context.clearRect(0, 0, this.side, this.side);
      context.rect(MARGIN.left, MARGIN.top, this.width, this.height);
      context.clip();
      for (const i of neighbours) this.posterior(context, optimal, i, 2);
      const ends = walk.map((i) => [this.x(optimal.means[2 * i]), this.y(optimal.means[2 * i + 1])]);
      context.beginPath();
      context.moveTo(...ends[0]);
      context.lineTo(...ends[1]);
      stroke(context, 1.5, "rgb(255 255 255 / 70%)", "black", [5, 4]);
      const [x, y] = [this.x(z[0]), this.y(z[1])];
      context.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        context.moveTo(x + 5 * dx, y + 5 * dy);
        context.lineTo(x + 14 * dx, y + 14 * dy);
      }
      context.moveTo(x + 9, y);
      context.arc(x, y, 9, 0, 2 * Math.PI);
      stroke(context, 2, "white", "black");
      if (!pinned) return;
      context.beginPath();
      context.arc(x, y, 6, 0, 2 * Math.PI);
      context.fillStyle = PINNED;
      context.fill();
    }
  }

  // A context whose units are the page's pixels.
  function start(canvas) {
    const context = canvas.getContext("2d");
    context.reset();
    context.scale(devicePixelRatio, devicePixelRatio);
    return context;
  }

  function stroke(context, width, halo, line, dashes = []) {
    context.setLineDash([]);
    context.lineWidth = width + 2;
    context.strokeStyle = halo;
    context.stroke();
    context.setLineDash(dashes);
    context.lineWidth = width;
    context.strokeStyle = line;
    context.stroke();
  }

  Object.assign(vaelibExplorer, { LatentMap });
})();
