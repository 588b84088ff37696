// The second view: test images through the four models of Figure 1, in fifty dimensions, computed beforehand.
"use strict";

(() => {
  const { load, drawing } = vaelibExplorer;
  const view = document.getElementById("explorer-gallery");
  const find = (name) => view.querySelector(`[data-name="${name}"]`);
  const chosen = (name) => view.querySelector(`input[name=explorer-${name}]:checked`).value;

  let content; // of gallery.js
  let shown; // model and test image on the page

  async function show() {
    const model = `${chosen("depth")}-${chosen("training")}`;
    const image = Number(chosen("test-image"));
    view.setAttribute("aria-busy", "true");
    const found = await load(`gallery-${model}`).catch(complain);
    if (!found || model !== `${chosen("depth")}-${chosen("training")}` || image !== Number(chosen("test-image"))) return;
    view.removeAttribute("aria-busy");
    find("complaint").textContent = "";
    shown = { model, image };
    draw(found, image);
  }

  function draw(found, i) {
    drawing.digit(find("input"), drawing.image(content.inputs, i), 255);
    drawing.digit(find("output"), drawing.image(found.outputs, i), 255);
    drawing.digit(find("average"), drawing.image(found.averages, i), 255);
    const nearest = found.neighbours[i].map((place, rank) => ({
      pixels: drawing.image(found.images, place),
      label: found.labels[place],
      weight: found.weights[i * found.neighbours[i].length + rank],
    }));
    drawing.neighbours(find("neighbours"), nearest);
    const [input, average] = [found.bceInput[i], found.bceAverage[i]];
    find("perplexity").textContent = found.perplexity[i].toFixed(2);
    find("bce-input").textContent = input.toFixed(1);
    find("bce-average").textContent = average.toFixed(1);
    find("verdict").textContent =
      `Test image ${content.positions[i]}, ${drawing.named(content.labels[i])}: the output is nearer to the ` +
      `${input < average ? "input" : "weighted average"}, ` +
      `by ${Math.abs(input - average).toFixed(1)} nats. The largest weight, ${drawing.share(nearest[0].weight)}, ` +
      `is on ${drawing.named(nearest[0].label)}.`;
  }

  function complain(error) {
    view.removeAttribute("aria-busy");
    find("complaint").textContent = error.message;
  }

  function fillImages() {
    content.labels.forEach((label, i) => {
      const words = `${drawing.named(label)}, test image ${content.positions[i]}`;
      const choice = drawing.element(
        "label", { title: words },
        drawing.element("input", { type: "radio", name: "explorer-test-image", value: i }),
        drawing.silentCanvas(),
        drawing.element("span", { className: "unseen", textContent: words }),
      );
      find("test-images").append(choice);
      choice.firstChild.checked = i === content.opening;
      drawing.digit(choice.querySelector("canvas"), drawing.image(content.inputs, i), 255);
    });
  }

  async function start() {
    view.hidden = false;
    content = await load("gallery");
    fillImages();
    view.addEventListener("change", show);
    await show();
  }

  const gallery = {
    get shown() { return shown; }, // undefined until there is an answer
  };
  Object.assign(vaelibExplorer, { gallery });
  start().catch(complain);
})();
