// Pictures: digits, signed differences, weights as bars. Colours are distinct to colour-blind eyes.
"use strict";

(() => {
  const SIDE = 28;
  // largest weight from 0 to 1: dark is shared by many, pale belongs to one, as in Figure 3
  const LARGEST_WEIGHT = [[92, 32, 0], [222, 118, 30], [255, 246, 234]];
  const LOWER = [0, 114, 178]; // the average has more ink
  const HIGHER = [213, 94, 0]; // the output has more ink

  const root = document.documentElement;
  const isDark = () => root.dataset.theme === "dark";
  const colour = (name) => getComputedStyle(root).getPropertyValue(name).trim();

  // Call back whenever the reader changes the theme.
  function onTheme(redraw) {
    new MutationObserver(redraw).observe(root, { attributes: true, attributeFilter: ["data-theme"] });
  }

  const between = (from, to, share) => from.map((value, i) => value + share * (to[i] - value));

  function shadeOfWeight(weight) {
    const place = Math.min(Math.max(weight, 0), 1) * 2;
    const below = Math.min(Math.floor(place), 1);
    return between(LARGEST_WEIGHT[below], LARGEST_WEIGHT[below + 1], place - below);
  }

  // −1 to 1; nothing is the ground of the page's theme
  function shadeOfDifference(difference) {
    const ground = isDark() ? [24, 26, 30] : [250, 250, 250];
    return between(ground, difference < 0 ? LOWER : HIGHER, Math.min(Math.abs(difference), 1));
  }

  // A canvas of `width` × `height` cells, each in the colour [red, green, blue] that `shade` gives for its number.
  function paint(canvas, width, height, shade) {
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    const picture = context.createImageData(width, height);
    for (let i = 0, at = 0; i < width * height; i++) {
      const [red, green, blue] = shade(i);
      picture.data[at++] = red;
      picture.data[at++] = green;
      picture.data[at++] = blue;
      picture.data[at++] = 255;
    }
    context.putImageData(picture, 0, 0);
  }

  // Pixels in [0, 1], or bytes with `white` = 255.
  function digit(canvas, pixels, white = 1) {
    const grey = [0, 0, 0];
    paint(canvas, SIDE, SIDE, (i) => grey.fill((255 * pixels[i]) / white));
  }

  function difference(canvas, output, average) {
    paint(canvas, SIDE, SIDE, (i) => shadeOfDifference(output[i] - average[i]));
  }

  function legend(canvas, shade, from, to) {
    paint(canvas, 101, 1, (i) => shade(from + ((to - from) * i) / 100));
  }

  // An element with these properties and children.
  function element(name, properties = {}, ...children) {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
  }

  const silentCanvas = () => element("canvas", { ariaHidden: "true" });

  // A list of training images: picture, class, weight as a number and as a bar.
  function neighbours(list, shown) {
    while (list.children.length < shown.length) {
      const bar = element("div", { className: "bar" }, element("div"));
      list.append(element("li", {}, silentCanvas(), element("span"), element("span"), bar));
    }
    shown.forEach(({ pixels, label, weight }, i) => {
      const [canvas, name, number, bar] = list.children[i].children;
      digit(canvas, pixels, 255);
      name.textContent = named(label);
      number.textContent = share(weight);
      bar.firstChild.style.width = `${100 * weight}%`;
    });
  }

  const named = (label) => `${label === 8 ? "an" : "a"} ${label}`;

  const share = (weight) => (weight > 0 && weight < 0.001 ? "<\u00a00.001" : weight.toFixed(3));

  const image = (images, i) => images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE);

  const drawing = {
    colour, onTheme, shadeOfWeight, shadeOfDifference, paint, digit, difference, legend, neighbours, named, share, image,
    element, silentCanvas,
  };
  Object.assign(vaelibExplorer, { drawing });
})();
