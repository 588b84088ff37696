// A drawing made into an image like MNIST's, as vaelib/novelty/handwriting.py makes it: names and numbers as there.
"use strict";

(() => {
  const SIDE = 28;
  const BOX = 20; // pixels: the longer side of each of MNIST's digits
  const MIDDLE = 14; // the pixel, from 0, in which their centre of mass lies
  const FINE = 280; // pixels: the longer side of a rasterised drawing
  const PEN = 39; // pixels of these

  // Halves go to the even number, as in Python.
  function round(value) {
    const below = Math.floor(value);
    if (value - below !== 0.5) return Math.round(value);
    return below % 2 ? below + 1 : below;
  }

  // The strokes as a raster of 0 and 1, their longer side filled; null where there is no point.
  function ink(strokes) {
    const points = strokes.flat();
    if (!points.length) return null;
    const lowest = [0, 1].map((axis) => Math.min(...points.map((point) => point[axis])));
    const size = [0, 1].map((axis) => Math.max(...points.map((point) => point[axis])) - lowest[axis]);
    const longer = Math.max(...size);
    const scale = longer ? (FINE - PEN) / longer : 0;
    const [width, height] = size.map((side) => round(side * scale) + PEN);
    const values = new Uint8Array(width * height);
    for (const stroke of strokes) {
      const line = stroke.map((point) => point.map((value, axis) => (value - lowest[axis]) * scale + PEN / 2));
      line.forEach((point, i) => pen(values, width, height, point, line[i + 1] ?? point));
    }
    return { values, width, height };
  }

  // Every pixel that is no farther from the line between two points than the pen's half.
  function pen(values, width, height, [x, y], [toX, toY]) {
    const reach = PEN / 2;
    const [dx, dy] = [toX - x, toY - y];
    const length = dx * dx + dy * dy;
    const [left, right] = [Math.min(x, toX) - reach, Math.max(x, toX) + reach];
    const [top, bottom] = [Math.min(y, toY) - reach, Math.max(y, toY) + reach];
    for (let row = Math.max(0, Math.floor(top)); row < Math.min(height, bottom); row++) {
      for (let column = Math.max(0, Math.floor(left)); column < Math.min(width, right); column++) {
        if (values[row * width + column]) continue;
        const fromX = column + 0.5 - x; // of the pixel's middle
        const fromY = row + 0.5 - y;
        const along = length ? Math.min(1, Math.max(0, (fromX * dx + fromY * dy) / length)) : 0;
        const apartX = fromX - along * dx;
        const apartY = fromY - along * dy;
        if (apartX * apartX + apartY * apartY <= reach * reach) values[row * width + column] = 1;
      }
    }
  }

  // Scaled into MNIST's box and put into 28 × 28 by its centre of mass; null where there is no ink.
  function asMnist({ values, width, height }) {
    const [rows, columns] = [[height, 0], [width, 0]]; // from the first with ink to behind the last
    for (let row = 0, at = 0; row < height; row++) {
      for (let column = 0; column < width; column++, at++) {
        if (!values[at]) continue;
        rows[0] = Math.min(rows[0], row);
        rows[1] = row + 1;
        columns[0] = Math.min(columns[0], column);
        columns[1] = Math.max(columns[1], column + 1);
      }
    }
    if (!rows[1]) return null;
    const [tall, wide] = [rows[1] - rows[0], columns[1] - columns[0]];
    const [toTall, toWide] = [tall, wide].map((side) => Math.max(1, round((BOX * side) / Math.max(tall, wide))));
    const [down, across] = [means(tall, toTall), means(wide, toWide)];
    const digit = new Float64Array(toTall * toWide);
    down.forEach(([fromRow, toRow], r) => across.forEach(([fromColumn, toColumn], c) => {
      let sum = 0;
      for (let row = fromRow; row < toRow; row++) {
        for (let column = fromColumn; column < toColumn; column++) {
          sum += values[(rows[0] + row) * width + columns[0] + column];
        }
      }
      digit[r * toWide + c] = sum / ((toRow - fromRow) * (toColumn - fromColumn));
    }));
    const mass = (count, place) => {
      const found = new Float64Array(count);
      digit.forEach((grey, at) => { found[place(at)] += grey; });
      return found;
    };
    const top = start(mass(toTall, (at) => Math.floor(at / toWide)));
    const left = start(mass(toWide, (at) => at % toWide));
    const picture = new Float64Array(SIDE * SIDE);
    digit.forEach((grey, at) => {
      picture[(top + Math.floor(at / toWide)) * SIDE + left + (at % toWide)] = grey;
    });
    return picture;
  }

  // Of each of `count` places on a side the pixels that it is the mean of, as Pillow's box does it.
  function means(side, count) {
    const scale = side / count;
    const support = Math.max(scale, 1) / 2;
    return Array.from({ length: count }, (_, place) => {
      const centre = (place + 0.5) * scale;
      const inBox = (pixel) => (pixel - centre + 0.5) * (1 / Math.max(scale, 1));
      let [from, to] = [Math.trunc(centre - support + 0.5), Math.trunc(centre + support + 0.5)];
      [from, to] = [Math.max(0, from), Math.min(side, to)];
      while (inBox(from) <= -0.5) from += 1; // halves fall as Pillow's rounding lets them
      while (inBox(to - 1) > 0.5) to -= 1;
      return [from, to];
    });
  }

  // Where a side begins whose mass is to have its centre in the middle pixel, inside the picture.
  function start(mass) {
    let [moment, total] = [0, 0];
    mass.forEach((value, i) => {
      moment += i * value;
      total += value;
    });
    return Math.min(SIDE - mass.length, Math.max(0, Math.ceil(MIDDLE - 0.5 - moment / total)));
  }

  Object.assign(vaelibExplorer, { handwriting: { ink, asMnist } });
})();
