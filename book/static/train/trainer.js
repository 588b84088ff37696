// The VAE and a step of its training, names as in vaelib: distortion + rate, noise, gradients, Adam.
"use strict";

(() => {
  const { Layer, forward, backToWeights, backToInputs, adam } = vaelibTraining;
  const IMAGES = 10; // of a product, between two looks at the clock
  const INPUTS = 50;
  const PLACES = 40000; // of a matrix that Adam walks through

  class Trainer {
    // `images` in [0, 1], one after another; h as the library writes it, from the image inwards.
    constructor({ images, pixels = 784, hidden = [400, 200, 100], latent = 2, learningRate = 1e-3 }) {
      Object.assign(this, { images, pixels, latent, learningRate });
      this.count = images.length / pixels;
      this.encoder = layers([pixels, ...hidden, 2 * latent]);
      this.decoder = layers([latent, ...hidden.toReversed(), pixels]);
      const room = (width) => new Float64Array(this.count * width);
      for (const part of [this.encoder, this.decoder]) {
        for (const layer of part) Object.assign(layer, { y: room(layer.outputs), dx: room(layer.inputs) });
      }
      this.z = room(latent);
      this.output = room(pixels);
      this.dLogits = room(pixels);
      this.dCode = room(2 * latent);
      this.steps = 0; // taken
    }

    // Weights and biases uniform within ±1/√inputs, as a fresh layer of PyTorch has them.
    begin(random) {
      for (const { matrix, inputs } of [...this.encoder, ...this.decoder]) {
        for (let at = 0; at < matrix.length; at++) matrix[at] = (2 * random.uniform() - 1) / Math.sqrt(inputs);
      }
    }

    // Means and log standard deviations of q(z|x), as they were when the images were last encoded.
    posteriors() {
      const code = this.encoder.at(-1).y;
      const part = (first) => Float64Array.from({ length: this.count * this.latent }, (_, at) => {
        const n = Math.floor(at / this.latent);
        return code[n * 2 * this.latent + first + (at % this.latent)];
      });
      return { means: part(0), logStds: part(this.latent) };
    }

    // Everything that follows is done piece by piece, so that a page can do something else between two pieces.
    *encode() {
      yield* this.through(this.encoder, this.images);
    }

    *decode(epsilon) {
      const { latent } = this;
      const { means, logStds } = this.posteriors();
      for (let at = 0; at < this.z.length; at++) this.z[at] = means[at] + Math.exp(logStds[at]) * epsilon[at]; // z ~ q(z|x)
      yield* this.through(this.decoder, this.z);
      return { means, logStds, latent };
    }

    // A step with this noise, one number for each image and latent dimension. Returns distortion and rate, means over
    // the images in nats per image, of the weights before the step.
    *step(epsilon) {
      const { count, latent, images, output, dLogits, dCode } = this;
      yield* this.encode();
      const { means, logStds } = yield* this.decode(epsilon);
      const logits = this.decoder.at(-1).y;
      let distortion = 0;
      for (let at = 0; at < logits.length; at++) {
        const small = Math.exp(-Math.abs(logits[at]));
        output[at] = (logits[at] > 0 ? 1 : small) / (1 + small); // x̂, the logit's sigmoid
        distortion += Math.max(logits[at], 0) - images[at] * logits[at] + Math.log1p(small); // BCE(x, x̂)
        dLogits[at] = (output[at] - images[at]) / count; // of the mean over images, and from there back
        if (at % 8000 === 0) yield;
      }
      yield* this.back(this.decoder, this.z, dLogits, true);
      let rate = 0;
      const dz = this.decoder[0].dx;
      for (let at = 0; at < means.length; at++) {
        const std = Math.exp(logStds[at]);
        rate += 0.5 * (means[at] ** 2 + std ** 2 - 2 * logStds[at] - 1); // KL(q(z|x) ‖ N(0, I))
        const place = Math.floor(at / latent) * 2 * latent + (at % latent);
        dCode[place] = dz[at] + means[at] / count;
        dCode[place + latent] = dz[at] * epsilon[at] * std + (std ** 2 - 1) / count;
      }
      yield* this.back(this.encoder, images, dCode, false);
      this.steps += 1;
      for (const layer of [...this.encoder, ...this.decoder]) {
        yield* pieces(layer.matrix.length, PLACES, (from, to) => adam(layer, this.steps, this.learningRate, from, to));
      }
      return { distortion: distortion / count, rate: rate / count };
    }

    *through(part, inputs) {
      let x = inputs;
      for (const layer of part) {
        const { y, outputs } = layer;
        const relu = layer !== part.at(-1);
        yield* pieces(this.count, IMAGES, (from, to) => {
          forward(layer, x, y, from, to);
          if (relu) for (let at = from * outputs; at < to * outputs; at++) if (y[at] < 0) y[at] = 0;
        });
        x = y;
      }
    }

    *back(part, inputs, dOutput, toInputs) {
      let dy = dOutput;
      for (let number = part.length - 1; number >= 0; number--) {
        const layer = part[number];
        const x = number ? part[number - 1].y : inputs;
        const above = dy;
        yield* pieces(layer.inputs + 1, INPUTS, (from, to) => backToWeights(layer, x, above, this.count, from, to));
        if (number || toInputs) {
          yield* pieces(this.count, IMAGES, (from, to) => backToInputs(layer, x, above, layer.dx, number > 0, from, to));
        }
        dy = layer.dx;
      }
    }
  }

  function layers(sizes) {
    return sizes.slice(1).map((outputs, i) => new Layer(sizes[i], outputs));
  }

  function* pieces(length, size, work) {
    for (let from = 0; from < length; from += size) {
      work(from, Math.min(from + size, length));
      yield;
    }
  }

  // All of it at once.
  function whole(work) {
    for (;;) {
      const { done, value } = work.next();
      if (done) return value;
    }
  }

  Object.assign(vaelibTraining, { Trainer, whole });
})();
