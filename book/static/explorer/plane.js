// The first view: z moves over the latent plane of mini-MNIST; the decoder and Theorem 1 answer at once.
"use strict";

(() => {
  const { load, drawing, Decoder, OptimalDecoder, LatentMap, top, perplexity, crossEntropy } = vaelibExplorer;
  const { Walk, Pin, Unseen, placeIn, offerLink } = vaelibExplorer;
  const NEIGHBOURS = 5;
  const STEP = 0.1; // of an arrow key; five times as far with shift
  const QUIET = 700; // milliseconds without a move before the numbers are spoken
  const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

  const view = document.getElementById("explorer-plane");
  const find = (name) => view.querySelector(`[data-name="${name}"]`);

  let content; // of plane.js
  let shown; // the snapshot on the page: {steps, optimal, decoder, tests}
  let map, walk, pin, unseen;
  let z = [0, 0];
  let last; // what was found at z
  let speaking;
  const snapshots = new Map();

  async function snapshot(steps) {
    if (!snapshots.has(steps)) {
      const { means, logStds, tests } = content.snapshots.find((one) => one.steps === steps);
      const optimal = new OptimalDecoder(means, logStds, content.images);
      const decoder = new Decoder((await load(`decoder-${steps}`)).layers);
      snapshots.set(steps, { steps, optimal, decoder, tests });
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
    put(to);
    speakSoon();
  }

  function put(to) {
    z = inside(to);
    answer();
  }

  const inside = (place) => place.map((value) => Math.min(Math.max(value, -content.extent), content.extent));

  function answer() {
    last = evaluate(shown, z);
    map.drawOver(shown.optimal, z, last.neighbours, walk.ends, pin.pinned);
    drawing.digit(find("output"), last.output);
    drawing.digit(find("average"), last.average);
    drawing.difference(find("difference"), last.output, last.average);
    drawing.neighbours(find("neighbours"), last.neighbours.map((i) => (
      { pixels: drawing.image(content.images, i), label: content.labels[i], weight: last.weights[i] })));
    find("largest").textContent = drawing.share(last.weights[last.neighbours[0]]);
    find("perplexity").textContent = last.perplexity.toFixed(2);
    find("bce").textContent = last.bceAverage.toFixed(1);
    find("bce-least").textContent = last.bceLeast.toFixed(1);
    const there = unseen.place;
    unseen.show(there && inside(there).every((value, d) => value === z[d]));
    find("bce-test").textContent = unseen.image ? crossEntropy(unseen.image, last.output).toFixed(1) : "–";
    for (const [i, name] of ["z1", "z2"].entries()) {
      if (find(name) !== document.activeElement) find(name).value = z[i].toFixed(3);
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
      `z is ${pin.pinned ? "pinned at " : ""}${at}. ` +
      `Largest weight ${drawing.share(last.weights[nearest])}, on ${drawing.named(content.labels[nearest])}. ` +
      `Perplexity ${last.perplexity.toFixed(2)}. ` +
      `Cross-entropy of average and output ${last.bceAverage.toFixed(1)} nats per image.`;
  }

  function moveFreely(to) {
    if (!shown) return; // the first decoder is on its way
    walk.stop();
    move(to);
  }

  async function train(steps) {
    view.setAttribute("aria-busy", "true");
    const wanted = await snapshot(steps).catch(complain);
    if (!wanted || steps !== chosenSteps()) return; // another was chosen meanwhile
    view.removeAttribute("aria-busy");
    find("complaint").textContent = "";
    shown = wanted;
    if (unseen.place) z = inside(unseen.place);
    walk.mark();
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

  function listen() {
    const plane = find("plane");
    for (const kind of ["pointermove", "pointerdown"]) {
      plane.addEventListener(kind, (event) => pin.pinned || moveFreely(map.latent(event)));
    }
    plane.addEventListener("click", (event) => {
      if (!shown) return;
      if (pin.pinned) moveFreely(map.latent(event));
      else if (event.pointerType === "touch") return; // a finger that is lifted moves nothing any more
      pin.set(!pin.pinned);
    });
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
      find(name).addEventListener("change", () => { find(name).value = z[i].toFixed(3); });
    }
    view.addEventListener("change", async (event) => {
      if (event.target.name !== "explorer-steps") return;
      await train(chosenSteps());
      speakSoon();
    });
    addEventListener("hashchange", () => restore().catch(complain));
    drawing.onTheme(() => shown && draw());
    new ResizeObserver(() => shown && draw()).observe(find("plane"));
  }

  // The place in the page's address, pinned so that a passing pointer does not lose it. Says whether there is one.
  async function restore() {
    const kept = placeIn(location.hash);
    if (!kept) return false;
    const choice = [...view.querySelectorAll("input[name=explorer-steps]")].find(({ value }) => value === kept.steps);
    if (choice) choice.checked = true;
    if (!shown || shown.steps !== chosenSteps()) await train(chosenSteps());
    if (!shown) return true; // its file could not be loaded, which is said
    moveFreely(kept.z);
    pin.set(true);
    view.scrollIntoView();
    return true;
  }

  // Where the address says nothing: on the walk's first border between two digits.
  function open() {
    const digits = (share) => top(shown.optimal.logs(walk.place(share)), 2).map((i) => content.labels[i]);
    const share = walk.borders.find((border) => new Set(digits(border)).size === 2) ?? 0.5;
    find("along").value = share;
    put(walk.place(share));
  }

  async function start() {
    view.hidden = false;
    content = await load("plane");
    map = new LatentMap(find("plane"), content.extent);
    walk = new Walk(find, content.labels, content.walk, () => shown?.optimal, move);
    unseen = new Unseen(find, content.tests, () => shown?.tests, moveFreely);
    pin = new Pin(find, () => {
      if (!shown) return;
      answer();
      speakSoon();
    });
    offerLink(find, () => shown && { steps: shown.steps, z });
    listen();
    if (await restore()) return;
    await train(chosenSteps());
    if (shown) open();
  }

  const plane = {
    at: async (steps, z) => evaluate(await snapshot(steps), z),
    get z() { return z; },
    get optimal() { return shown?.optimal; },
    get pinned() { return pin?.pinned; },
    get borders() { return walk?.borders; },
    get steps() { return shown?.steps; }, // undefined until there is an answer
  };
  Object.assign(vaelibExplorer, { plane });
  start().catch(complain);
})();
