// What the models and Theorem 1 answer: computed for a drawing, looked up for a test nine. Names as in vaelib.
"use strict";

(() => {
  const { load, perceptron, crossEntropy, drawing } = vaelibExplorer;
  const DEPTHS = ["shallow", "deep"];
  const PIXELS = 784;
  const unpackedLayers = new WeakMap(); // a half as it was loaded -> its layers with weights as numbers

  // Whole numbers times a scale a row (quantised in vaelib/novelty/nine.py).
  function layers(half) {
    if (!unpackedLayers.has(half)) unpackedLayers.set(half, half.map(({ whole, scales, biases }) => {
      const columns = whole.length / scales.length;
      return { weights: Float64Array.from(whole, (value, at) => value * scales[Math.floor(at / columns)]), biases };
    }));
    return unpackedLayers.get(half);
  }

  // Two pixels a byte (in_greys there) as bytes of a pixel each.
  function pixels(greys) {
    const found = new Uint8Array(2 * greys.length);
    greys.forEach((pair, i) => {
      found[2 * i] = 17 * (pair >> 4);
      found[2 * i + 1] = 17 * (pair & 15);
    });
    return found;
  }

  // KL(target ‖ output), nats per image: 0 where they are the same.
  const divergence = (target, output) => crossEntropy(target, output) - crossEntropy(target, target);

  // A model of the page: x → m(x), z → x̂.
  class Model {
    constructor({ encoder, decoder }) {
      this.encoder = layers(encoder);
      this.decoder = new vaelibExplorer.Decoder(layers(decoder));
    }

    encode(x) {
      return perceptron(this.encoder, x);
    }

    output(z) {
      return this.decoder.output(z);
    }
  }

  // Theorem 1 for a model's encoder, over the page's part of the training set, in the dimensions that the model uses.
  class Average {
    constructor(codes, { meanStep, logStdStep }, images, labels) {
      const scaled = (values, step) => Float64Array.from(values, (value) => value * step);
      this.dimensions = codes.dimensions;
      this.images = images;
      this.labels = labels;
      const [means, logStds] = [scaled(codes.means, meanStep), scaled(codes.logStds, logStdStep)];
      this.optimal = new vaelibExplorer.OptimalDecoder(means, logStds, images, codes.dimensions.length);
    }

    at(z) {
      const weights = this.optimal.logWeights(this.dimensions.map((d) => z[d])).map(Math.exp);
      const nearest = weights.reduce((best, weight, i) => (weight > weights[best] ? i : best), 0);
      return {
        average: this.optimal.average(weights),
        weight: weights[nearest],
        neighbour: drawing.image(this.images, nearest),
        label: this.labels[nearest],
        weights,
      };
    }
  }

  const made = new Map(); // what was computed from files -> promise of it

  function once(name, make) {
    if (!made.has(name)) {
      made.set(name, make().catch((error) => {
        made.delete(name); // the next call tries again
        throw error;
      }));
    }
    return made.get(name);
  }

  const model = (name) => once(name, async () => new Model(await load(`model-${name}`)));

  const average = (name) => once(`average-${name}`, async () => {
    const parts = await Promise.all(["images", ...(name.endsWith("-with") ? ["nines"] : [])].map(load));
    const images = new Uint8Array(PIXELS * parts.reduce((sum, part) => sum + part.labels.length, 0));
    let at = 0;
    for (const part of parts) {
      images.set(pixels(part.greys), at);
      at += PIXELS * part.labels.length;
    }
    const [codes, opening] = await Promise.all([load(`codes-${name}`), load("nine")]);
    return new Average(codes, opening, images, parts.flatMap((part) => part.labels));
  });

  // What is needed for a drawing: both models of a training, and Theorem 1 for one of them.
  async function ready(training, depth) {
    const [optimal, ...both] = await Promise.all([
      average(`${depth}-${training}`), ...DEPTHS.map((one) => model(`${one}-${training}`)),
    ]);
    return { models: Object.fromEntries(DEPTHS.map((one, i) => [one, both[i]])), optimal, depth };
  }

  // The answers to an image x in [0, 1]^784.
  function computed({ models, optimal, depth }, x) {
    const found = { averaged: optimal.labels.length };
    for (const one of DEPTHS) {
      const z = models[one].encode(x);
      const output = models[one].output(z);
      found[one] = { output, klInput: divergence(x, output) };
      if (one === depth) Object.assign(found, optimal.at(z));
    }
    found.klAverage = divergence(found.average, found[depth].output);
    return found;
  }

  // The published answers to a test nine after a length of training, by their places in the files.
  async function published(training, depth, length, nine) {
    const files = await Promise.all(DEPTHS.map((one) => load(`lengths-${one}-${training}`)));
    const found = {};
    DEPTHS.forEach((one, i) => {
      const at = length * files[i].nearest[0].length + nine;
      const picture = (images, place) => Float64Array.from(drawing.image(images, place), (value) => value / 255);
      found[one] = { output: picture(files[i].outputs, at), klInput: files[i].klInput[at] };
      if (one !== depth) return;
      const nearest = files[i].nearest[length][nine];
      Object.assign(found, {
        averaged: files[i].averaged,
        average: picture(files[i].averages, at),
        weight: files[i].weights[at],
        neighbour: drawing.image(pixels(files[i].greys), nearest),
        label: files[i].labels[nearest],
        klAverage: files[i].klAverage[at],
      });
    });
    return found;
  }

  Object.assign(vaelibExplorer, { answers: { DEPTHS, ready, computed, published, model, average } });
})();
