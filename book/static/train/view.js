// The page of the training: controls, the latent plane, curves, ten digits, and words for those who listen.
"use strict";

(() => {
  const { load, drawing, OptimalDecoder, LatentMap } = vaelibExplorer;
  const { Training, Chart } = vaelibTraining;
  const LAST = 1000;
  const MILESTONES = [10, 30, 100, 300, LAST];
  const CELLS = 100; // of the map, each way
  const OWNED = 0.99; // a place is one image's where its weight is above
  const PAUSE = 300; // milliseconds between two pictures

  const view = document.getElementById("train");
  const find = (name) => view.querySelector(`[data-name="${name}"]`);
  const stillness = matchMedia("(prefers-reduced-motion: reduce)");

  class GrowingMap extends LatentMap {
    scratch = document.createElement("canvas");

    map(optimal) {
      const logs = new Float64Array(optimal.length);
      const at = (cell) => this.extent * ((2 * cell + 1) / CELLS - 1);
      let owned = 0;
      drawing.paint(this.scratch, CELLS, CELLS, (i) => {
        const weight = optimal.largestWeight([at(i % CELLS), -at(Math.floor(i / CELLS))], logs);
        owned += weight > OWNED;
        return drawing.shadeOfWeight(weight);
      });
      this.owned = owned / CELLS ** 2;
      return this.scratch;
    }
  }

  let content; // of the explorer's plane.js
  let course; // the library's
  let pixels; // of the hundred images, in [0, 1]
  let training, map, charts;
  let drawn = 0; // when

  const hidden = () => find("hidden").value.split(" ").map(Number);
  const seed = () => Math.max(0, Math.trunc(find("seed").valueAsNumber) || 0);

  function begin() {
    training?.leave();
    training = new Training({ images: pixels, hidden: hidden(), seed: seed(), last: LAST, met, rested });
    pace();
    const ours = find("hidden").selectedIndex === 0; // the library's course is of the paper's architecture
    charts.distortion.frame(ours ? course.distortion : []);
    charts.rate.frame(ours ? course.rate : []);
    draw();
    say(`Fresh weights from seed ${seed()}. `);
  }

  function pace() {
    training.pause = 1000 / Number(find("speed").value || Infinity);
    training.due = 0;
  }

  function met() {
    const { steps } = training;
    find("steps").textContent = steps.toLocaleString("en");
    const milestone = MILESTONES.includes(steps);
    if (milestone || (!stillness.matches && performance.now() - drawn > PAUSE)) draw();
    if (milestone && training.running) say();
  }

  function rested() {
    draw();
    say();
  }

  function draw() {
    const { steps, course, trainer } = training;
    const { means, logStds } = trainer.posteriors();
    map.drawGround(new OptimalDecoder(means, logStds, content.images));
    charts.distortion.draw(course.distortion);
    charts.rate.draw(course.rate);
    find("steps").textContent = steps.toLocaleString("en");
    const [distortion, rate] = [course.distortion.at(-1), course.rate.at(-1)];
    find("distortion").textContent = steps ? distortion.toFixed(1) : "–";
    find("rate").textContent = steps ? rate.toFixed(2) : "–";
    find("sum").textContent = steps ? (distortion + rate).toFixed(1) : "–";
    find("std").textContent = median(logStds.map(Math.exp)).toFixed(3);
    find("owned").textContent = `${(100 * map.owned).toFixed(0)}%`;
    content.first.forEach((i, place) => {
      drawing.digit(find("outputs").children[place], trainer.output.subarray(784 * i, 784 * (i + 1)));
    });
    name();
    drawn = performance.now();
  }

  function name() {
    find("play").textContent = training.running ? "Pause" : "Play";
    for (const button of ["play", "step"]) find(button).disabled = training.steps === LAST;
  }

  function say(before = "") {
    const words = ["distortion", "rate", "std", "owned"].map((one) => find(one).textContent);
    find("spoken").textContent = `${before}Step ${find("steps").textContent}: distortion ${words[0]}, ` +
      `rate ${words[1]} nats per image, median standard deviation ${words[2]}, ` +
      `one image owns ${words[3]} of the plane.`;
  }

  function median(values) {
    const sorted = Float64Array.from(values).sort();
    return sorted[Math.floor((sorted.length - 1) / 2)]; // the lower one of two, as PyTorch's
  }

  function play() {
    if (training.running) training.stop();
    else training.until(LAST);
    name();
  }

  function listen() {
    find("play").addEventListener("click", play);
    find("step").addEventListener("click", () => {
      if (training.running) training.stop();
      else training.until(training.steps + 1);
    });
    find("reset").addEventListener("click", begin);
    find("seed").addEventListener("change", begin);
    find("hidden").addEventListener("change", begin);
    find("speed").addEventListener("change", pace);
    drawing.onTheme(draw);
    new ResizeObserver(draw).observe(find("plane"));
  }

  async function start() {
    view.hidden = false;
    [content, course] = await Promise.all([load("plane"), load("course")]);
    pixels = Float64Array.from(content.images, (value) => value / 255);
    content.first = Array.from({ length: 10 }, (_, label) => content.labels.indexOf(label));
    map = new GrowingMap(find("plane"), content.extent);
    charts = {
      distortion: new Chart(find("distortion-chart"), LAST, 600),
      rate: new Chart(find("rate-chart"), LAST, 16),
    };
    for (const i of content.first) {
      for (const row of ["inputs", "outputs"]) find(row).append(drawing.silentCanvas());
      drawing.digit(find("inputs").lastChild, drawing.image(content.images, i), 255);
    }
    drawing.legend(find("weight-legend"), drawing.shadeOfWeight, 0, 1);
    begin();
    listen();
  }

  Object.assign(vaelibTraining, { page: { get training() { return training; }, get pixels() { return pixels; } } });
  start().catch((error) => { find("complaint").textContent = error.message; });
})();
