// The first view: z moves over the latent plane of mini-MNIST; the decoder and Theorem 1 answer at once.
"use strict";

(() => {
  const { load, drawing, Decoder, OptimalDecoder, LatentMap, top, perplexity, crossEntropy } = vaelibExplorer;
  const NEIGHBOURS = 5;
  const STEP = 0.1; // of an arrow key; five times as far with shift
  const QUIET = 700; // milliseconds without a move before the numbers are spoken
  const WALK = 6000; // milliseconds
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

  const view = document.getElementById("explorer-plane");
  const find = (name) => view.querySelector(`[data-name="${name}"]`);
  const stillness = matchMedia("(prefers-reduced-motion: reduce)");

  let content; // of plane.js
  let shown; // the snapshot on the page: {steps, optimal, decoder}
  let map;
  let z = [0, 0];
  let last; // what was found at z
  let speaking, walking;
  const snapshots = new Map();

  async function snapshot(steps) {
    if (!snapshots.has(steps)) {
      const { means, logStds } = content.snapshots.find((one) => one.steps === steps);
      const optimal = new OptimalDecoder(means, logStds, content.images);
      snapshots.set(steps, { steps, optimal, decoder: new Decoder((await load(`decoder-${steps}`)).layers) });
    }
    return snapshots.get(steps);
  }

  // Everything that the page shows of a z.
  function evaluate({ optimal, decoder }, z) {
    const logWeights = optimal.logWeights(z);
    const weights = logWeights.map(Math.exp);
    const [output, average] = [decoder.output(z), optimal.average(weights)];
    return {
      output, average, weights,
      neighbours: top(logWeights, NEIGHBOURS),
      perplexity: perplexity(weights),
      bceAverage: crossEntropy(average, output),
      bceLeast: crossEntropy(average, average),
    };
  }

  function move(to) {
    const { extent } = content;
    z = to.map((value) => Math.min(Math.max(value, -extent), extent));
    answer();
    speakSoon();
  }

  function answer() {
    last = evaluate(shown, z);
    map.drawOver(shown.optimal, z, last.neighbours, ends().from, ends().to);
    drawing.digit(find("output"), last.output);
    drawing.digit(find("average"), last.average);
    drawing.difference(find("difference"), last.output, last.average);
    drawing.neighbours(find("neighbours"), last.neighbours.map((i) => (
      { pixels: drawing.image(content.images, i), label: content.labels[i], weight: last.weights[i] })));
    find("largest").textContent = drawing.share(last.weights[last.neighbours[0]]);
    find("perplexity").textContent = last.perplexity.toFixed(2);
    find("bce").textContent = last.bceAverage.toFixed(1);
    find("bce-least").textContent = last.bceLeast.toFixed(1);
    for (const [i, name] of ["z1", "z2"].entries()) {
      if (find(name) !== document.activeElement) find(name).value = z[i].toFixed(2);
    }
  }

  function speakSoon() {
    clearTimeout(speaking);
    speaking = setTimeout(speak, QUIET);
  }

  // For those who listen: the numbers, once z has come to rest.
  function speak() {
    const [nearest] = last.neighbours;
    const at = z.map((value) => value.toFixed(2).replace("-", "minus ")).join(", ");
    find("spoken").textContent =
      `z is ${at}. Largest weight ${drawing.share(last.weights[nearest])}, on ${drawing.named(content.labels[nearest])}. ` +
      `Perplexity ${last.perplexity.toFixed(2)}. ` +
      `Cross-entropy of average and output ${last.bceAverage.toFixed(1)} nats per image.`;
  }

  const ends = () => ({ from: Number(find("from").value), to: Number(find("to").value) });
  const mean = (i) => Array.from(shown.optimal.means.subarray(2 * i, 2 * i + 2));

  function moveFreely(to) {
    if (!shown) return; // the first decoder is on its way
    stopWalking();
    move(to);
  }

  function moveAlong(share) {
    if (!shown) return;
    find("along").value = share;
    const [from, to] = [mean(ends().from), mean(ends().to)];
    move(from.map((value, d) => value + share * (to[d] - value)));
  }

  function jump() {
    stopWalking();
    moveAlong(0);
  }

  // The list of training images goes round.
  function jumpBy(step) {
    const { options } = find("from");
    find("from").selectedIndex = (find("from").selectedIndex + step + options.length) % options.length;
    jump();
  }

  function walk() {
    if (walking || !shown) return stopWalking();
    const begun = Number(find("along").value) % 1;
    if (stillness.matches) return moveAlong(Math.min(begun + 0.1, 1)); // a step a press
    const start = performance.now() - begun * WALK;
    const step = (now) => {
      const share = Math.min(Math.max((now - start) / WALK, 0), 1);
      walking = share < 1 ? requestAnimationFrame(step) : undefined;
      moveAlong(share);
      nameTheWalk();
    };
    walking = requestAnimationFrame(step);
    nameTheWalk();
  }

  function stopWalking() {
    cancelAnimationFrame(walking);
    walking = undefined;
    nameTheWalk();
  }

  function nameTheWalk() {
    find("walk").textContent = walking ? "Stop" : stillness.matches ? "Walk a tenth of the way" : "Walk";
  }

  async function train(steps) {
    view.setAttribute("aria-busy", "true");
    const wanted = await snapshot(steps).catch(complain);
    if (!wanted || steps !== chosenSteps()) return; // another was chosen meanwhile
    view.removeAttribute("aria-busy");
    find("complaint").textContent = "";
    shown = wanted;
    draw();
  }

  function draw() {
    map.drawGround(shown.optimal);
    drawing.legend(find("weight-legend"), drawing.shadeOfWeight, 0, 1);
    drawing.legend(find("difference-legend"), drawing.shadeOfDifference, -1, 1);
    answer();
  }

  function complain(error) {
    view.removeAttribute("aria-busy");
    find("complaint").textContent = error.message;
  }

  const chosenSteps = () => Number(view.querySelector("input[name=explorer-steps]:checked").value);

  function fillImages(select, digit) {
    for (let label = 0; label < 10; label++) {
      const group = document.createElement("optgroup");
      group.label = `Images of ${label}`;
      const places = [...content.labels.keys()].filter((i) => content.labels[i] === label);
      places.forEach((i, number) => group.append(new Option(`${label}, image ${number + 1}`, i)));
      select.append(group);
    }
    select.value = content.labels.indexOf(digit);
  }

  function listen() {
    const plane = find("plane");
    for (const kind of ["pointermove", "pointerdown"]) {
      plane.addEventListener(kind, (event) => moveFreely(map.latent(event)));
    }
    plane.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault(); // the page stays where it is
      moveFreely(z.map((value, d) => value + arrow[d] * STEP * (event.shiftKey ? 5 : 1)));
    });
    for (const [i, name] of ["z1", "z2"].entries()) {
      find(name).addEventListener("input", () => {
        const typed = [find("z1").valueAsNumber, find("z2").valueAsNumber];
        if (typed.every(Number.isFinite)) moveFreely(typed);
      });
      find(name).addEventListener("change", () => { find(name).value = z[i].toFixed(2); });
    }
    find("from").addEventListener("change", jump);
    find("to").addEventListener("change", jump);
    find("previous").addEventListener("click", () => jumpBy(-1));
    find("next").addEventListener("click", () => jumpBy(1));
    find("along").addEventListener("input", () => {
      stopWalking();
      moveAlong(Number(find("along").value));
    });
    find("walk").addEventListener("click", walk);
    stillness.addEventListener("change", stopWalking);
    view.addEventListener("change", async (event) => {
      if (event.target.name !== "explorer-steps") return;
      await train(chosenSteps());
      speakSoon();
    });
    drawing.onTheme(() => shown && draw());
    new ResizeObserver(() => shown && draw()).observe(find("plane"));
  }

  async function start() {
    view.hidden = false;
    content = await load("plane");
    map = new LatentMap(find("plane"), content.extent);
    fillImages(find("from"), 0);
    fillImages(find("to"), 1);
    nameTheWalk();
    listen();
    await train(chosenSteps());
  }

  const plane = {
    at: async (steps, z) => evaluate(await snapshot(steps), z),
    get z() { return z; },
    get steps() { return shown?.steps; }, // undefined until there is an answer
  };
  Object.assign(vaelibExplorer, { plane });
  start().catch(complain);
})();
