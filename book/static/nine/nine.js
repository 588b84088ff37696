// The landing page: a nine to draw, or to choose, and what the models and Theorem 1 make of it.
"use strict";

(() => {
  const { load, canvas, drawing, answers, handwriting } = vaelibExplorer;
  const REST = 700; // milliseconds without a change, after which the answers are spoken
  const view = document.getElementById("nine");
  const find = (name) => view.querySelector(`[data-name="${name}"]`);
  const chosen = (name) => view.querySelector(`input[name=nine-${name}]:checked`)?.value;

  let opening; // content of nine.js
  let board; // what the canvas draws and hears, as the notebook's model
  let x; // the image in [0, 1]^784 that is asked about, null for an empty canvas
  let needed; // models and Theorem 1 for the drawing
  let shown; // the answers on the page
  let asked = 0; // counts the questions: only the last one's answers are shown
  let resting;

  // Is the test nine of this place chosen, or, without one, the drawing?
  const testNine = () => (chosen("input")?.startsWith("test") ? Number(chosen("input").slice(4)) : null);
  const length = () => Number(find("length").value);

  // The strokes as the notebook's widget keeps them.
  function blackboard(strokes) {
    let changed = () => {};
    return {
      value: strokes,
      get() { return this.value; },
      set(_, value) {
        this.value = value;
        changed();
      },
      on(_, listener) { changed = listener; },
      off() {},
      save_changes() {},
    };
  }

  function drawn({ detail: strokes }) {
    if (testNine() !== null && !strokes.length) return; // emptied for a test nine
    if (board.value !== opening.strokes || strokes.length > board.value.length) choose(null);
    const ink = handwriting.ink(strokes);
    x = ink && handwriting.asMnist(ink);
    if (opening.lengths[length()] !== opening.epochs) setLength(opening.epochs);
    answer();
  }

  // Mark one of the choices, or none: a drawing of the reader's own.
  function choose(value) {
    for (const radio of view.querySelectorAll("input[name=nine-input]")) radio.checked = radio.value === value;
    find("test-nine").hidden = testNine() === null;
  }

  function take() {
    const nine = testNine();
    find("test-nine").hidden = nine === null;
    if (nine === null) {
      setLength(opening.epochs);
      board.set("value", opening.strokes);
      return;
    }
    board.set("value", []);
    x = Float64Array.from(drawing.image(opening.inputs, nine), (value) => value / 255);
    drawing.digit(find("test-nine"), x);
    answer();
  }

  function setLength(epochs) {
    find("length").value = opening.lengths.indexOf(epochs);
    tellLength();
  }

  function tellLength() {
    const epochs = opening.lengths[length()];
    find("epochs").textContent = `${epochs} ${epochs === 1 ? "epoch" : "epochs"}`;
    find("length").setAttribute("aria-valuetext", find("epochs").textContent);
  }

  // Only after 50 epochs are the models here themselves: at other lengths the test nines are shown.
  function lengthen() {
    tellLength();
    if (testNine() === null && opening.lengths[length()] !== opening.epochs) {
      choose("test0");
      take();
    } else {
      answer();
    }
  }

  const model = () => `${chosen("average")}-${chosen("training")}`;

  async function answer() {
    const question = ++asked;
    const [training, depth, name] = [chosen("training"), chosen("average"), model()];
    const nine = testNine();
    if (!x) {
      show(null);
    } else if (nine === null && needed?.name === name) { // at once, with the stroke
      show(answers.computed(needed, x));
    } else {
      view.setAttribute("aria-busy", "true");
      try {
        if (nine === null) {
          const found = await answers.ready(training, depth);
          if (model() === name) needed = { name, ...found };
          if (model() === name && testNine() === null) show(x && answers.computed(needed, x));
        } else {
          const found = await answers.published(training, depth, length(), nine);
          if (question === asked) show(found);
        }
        find("complaint").textContent = "";
      } catch (error) {
        find("complaint").textContent = error.message;
      }
      view.removeAttribute("aria-busy");
    }
  }

  const nats = (value) => `${value.toFixed(0)}\u00a0nats`;

  function show(found) {
    shown = found;
    const empty = new Float64Array(784);
    drawing.digit(find("input"), x ?? empty);
    for (const depth of answers.DEPTHS) {
      drawing.digit(find(depth), found ? found[depth].output : empty);
      find(`${depth}-away`).textContent = found ? `${nats(found[depth].klInput)} from the input` : "";
    }
    drawing.digit(find("average"), found ? found.average : empty);
    drawing.digit(find("neighbour"), found ? found.neighbour : empty, found ? 255 : 1);
    const depth = chosen("average");
    find("weight").textContent = found ? `${drawing.share(found.weight)} of it is ${drawing.named(found.label)}` : "";
    find("of").textContent = found ? `of ${found.averaged.toLocaleString("en")} training images` : "";
    clearTimeout(resting);
    resting = setTimeout(() => { find("spoken").textContent = found ? inWords(found, depth) : "Nothing is drawn."; }, REST);
  }

  function inWords(found, depth) {
    return `The shallow VAE's answer is ${nats(found.shallow.klInput)} from the input, the deep one's ` +
      `${nats(found.deep.klInput)}. The ${depth} one's is ${nats(found.klAverage)} from the weighted average; ` +
      `of that, ${drawing.share(found.weight)} is one training image, ${drawing.named(found.label)}.`;
  }

  function fillChoices() {
    const nine = handwriting.asMnist(handwriting.ink(opening.strokes));
    const pictures = [["drawn", "the drawn nine", nine, 1]];
    opening.positions.forEach((position, i) => {
      pictures.push([`test${i}`, `a nine, test image ${position}`, drawing.image(opening.inputs, i), 255]);
    });
    for (const [value, words, pixels, white] of pictures) {
      const choice = drawing.element(
        "label", {},
        drawing.element("input", { type: "radio", name: "nine-input", value }),
        drawing.silentCanvas(),
        drawing.element("span", { className: "unseen", textContent: words }),
      );
      find("choices").append(choice);
      drawing.digit(choice.querySelector("canvas"), pixels, white);
    }
  }

  function listen() {
    find("board").addEventListener("drawn", drawn);
    find("undo").addEventListener("click", () => change(board.value.slice(0, -1)));
    find("clear").addEventListener("click", () => change([]));
    find("choices").addEventListener("change", take);
    find("length").addEventListener("input", lengthen);
    for (const radio of view.querySelectorAll("input[name=nine-training], input[name=nine-average]")) {
      radio.addEventListener("change", answer);
    }
  }

  function change(strokes) {
    choose(null);
    board.set("value", strokes);
  }

  async function start() {
    view.hidden = false;
    opening = await load("nine");
    fillChoices();
    choose("drawn");
    find("length").max = opening.lengths.length - 1;
    setLength(opening.epochs);
    board = blackboard(opening.strokes);
    listen();
    canvas.render({ model: board, el: find("board") });
  }

  Object.assign(vaelibExplorer, {
    nine: {
      get shown() { return shown; }, // undefined until there is an answer
      get input() { return x; },
      get strokes() { return board.value; },
    },
  });
  start().catch((error) => { find("complaint").textContent = error.message; });
})();
