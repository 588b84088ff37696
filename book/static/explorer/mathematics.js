// Perceptrons, Theorem 1 and the cross-entropy, in double precision. Names as in vaelib.
"use strict";

(() => {
  const EPS = 2 ** -23; // of float32: the library clamps x̂ to [EPS, 1 − EPS]

  // A perceptron with ReLU between its layers: what its last one gives.
  function perceptron(layers, values) {
    for (const layer of layers) {
      const { weights, biases } = layer;
      const last = layer === layers.at(-1);
      const next = new Float64Array(biases.length);
      const columns = values.length;
      for (let row = 0, at = 0; row < next.length; row++) {
        let sum = biases[row];
        for (let column = 0; column < columns; column++, at++) sum += weights[at] * values[column];
        next[row] = last ? sum : Math.max(sum, 0);
      }
      values = next;
    }
    return values;
  }

  // z → x̂: a perceptron with a sigmoid at its end.
  class Decoder {
    constructor(layers) {
      this.layers = layers;
    }

    output(z) {
      return perceptron(this.layers, z).map((logit) => 1 / (1 + Math.exp(-logit)));
    }
  }

  // Theorem 1: the weights w_i(z) of the training images, and their average μ(z).
  class OptimalDecoder {
    constructor(means, logStds, images, dimensions = 2) {
      this.dimensions = dimensions;
      this.length = means.length / dimensions;
      this.means = means;
      this.stds = Float64Array.from(logStds, Math.exp);
      this.constants = new Float64Array(this.length);
      logStds.forEach((logStd, at) => { this.constants[Math.floor(at / dimensions)] -= logStd; });
      this.images = images; // bytes
    }

    // −½ Σ_d ((z_d − m_d) / s_d)² − Σ_d log s_d, the weights' logarithms but for a constant
    logs(z, logs = new Float64Array(this.length)) {
      const { dimensions, means, stds } = this;
      for (let i = 0, at = 0; i < this.length; i++) {
        let sum = 0;
        for (let d = 0; d < dimensions; d++, at++) {
          const apart = (z[d] - means[at]) / stds[at];
          sum += apart * apart;
        }
        logs[i] = this.constants[i] - 0.5 * sum;
      }
      return logs;
    }

    logWeights(z) {
      const logs = this.logs(z);
      const total = logSumExp(logs);
      return logs.map((log) => log - total);
    }

    largestWeight(z, scratch) {
      const logs = this.logs(z, scratch);
      return Math.exp(highest(logs) - logSumExp(logs));
    }

    average(weights) {
      const pixels = this.images.length / this.length;
      const sum = new Float64Array(pixels);
      weights.forEach((weight, i) => {
        if (weight === 0) return;
        for (let pixel = 0; pixel < pixels; pixel++) sum[pixel] += weight * this.images[i * pixels + pixel];
      });
      return sum.map((value) => value / 255);
    }
  }

  function highest(logs) {
    let found = -Infinity;
    for (let i = 0; i < logs.length; i++) if (logs[i] > found) found = logs[i];
    return found;
  }

  function logSumExp(logs) {
    const top = highest(logs);
    let sum = 0;
    for (let i = 0; i < logs.length; i++) if (logs[i] - top > -40) sum += Math.exp(logs[i] - top); // else nothing beside 1
    return top + Math.log(sum);
  }

  // The largest weights' positions, largest first; by their logarithms, since many weights are 0 in double precision.
  function top(logWeights, k) {
    return Array.from(logWeights.keys()).sort((i, j) => logWeights[j] - logWeights[i]).slice(0, k);
  }

  // How many training images take part, in [1, N].
  function perplexity(weights) {
    let entropy = 0;
    for (const weight of weights) if (weight > 0) entropy -= weight * Math.log(weight);
    return Math.exp(entropy);
  }

  // BCE(target, output), summed over pixels, in nats.
  function crossEntropy(target, output) {
    let sum = 0;
    for (let i = 0; i < target.length; i++) {
      const p = Math.min(Math.max(output[i], EPS), 1 - EPS);
      sum -= target[i] * Math.log(p) + (1 - target[i]) * Math.log1p(-p);
    }
    return sum;
  }

  Object.assign(vaelibExplorer, { perceptron, Decoder, OptimalDecoder, top, perplexity, crossEntropy });
})();
