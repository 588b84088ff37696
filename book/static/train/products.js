// The matrix products of a perceptron's step, forward and back, in double precision; a product a call, for some rows.
"use strict";

// Pixels and the outputs of ReLU are zero more often than not, so the products go over what is not zero, several
// rows at a time. A layer's `matrix` has a row of weights for each input and the biases below them.
globalThis.vaelibTraining = {};

(() => {
  class Layer {
    constructor(inputs, outputs) {
      Object.assign(this, { inputs, outputs });
      this.matrix = new Float64Array((inputs + 1) * outputs);
      this.gradient = new Float64Array(this.matrix.length);
      this.mean = new Float64Array(this.matrix.length); // Adam's, of the gradient
      this.square = new Float64Array(this.matrix.length); // and of its square
    }
  }

  const active = new Int32Array(4096);

  // sum[at …] += Σ_k factors[active[k] · stride + offset] · (row active[k] of source), over numbers of `width`.
  function addUp(sum, at, width, factors, stride, offset, count, source) {
    let k = 0;
    for (; k + 7 < count; k += 8) {
      const a = active[k], b = active[k + 1], c = active[k + 2], d = active[k + 3];
      const e = active[k + 4], f = active[k + 5], g = active[k + 6], h = active[k + 7];
      const fa = factors[a * stride + offset], fb = factors[b * stride + offset];
      const fc = factors[c * stride + offset], fd = factors[d * stride + offset];
      const fe = factors[e * stride + offset], ff = factors[f * stride + offset];
      const fg = factors[g * stride + offset], fh = factors[h * stride + offset];
      const ra = a * width, rb = b * width, rc = c * width, rd = d * width;
      const re = e * width, rf = f * width, rg = g * width, rh = h * width;
      for (let o = 0; o < width; o++) {
        sum[at + o] += fa * source[ra + o] + fb * source[rb + o] + (fc * source[rc + o] + fd * source[rd + o])
          + (fe * source[re + o] + ff * source[rf + o] + (fg * source[rg + o] + fh * source[rh + o]));
      }
    }
    for (; k < count; k++) {
      const factor = factors[active[k] * stride + offset];
      const row = active[k] * width;
      for (let o = 0; o < width; o++) sum[at + o] += factor * source[row + o];
    }
  }

  // y = b + x W for images `from` … `to`.
  function forward({ matrix, inputs, outputs }, x, y, from, to) {
    for (let n = from; n < to; n++) {
      let count = 0;
      for (let i = 0; i < inputs; i++) if (x[n * inputs + i] !== 0) active[count++] = i;
      for (let o = 0; o < outputs; o++) y[n * outputs + o] = matrix[inputs * outputs + o];
      addUp(y, n * outputs, outputs, x, 1, n * inputs, count, matrix);
    }
  }

  // ∂/∂W = xᵀ ∂/∂y for inputs `from` … `to`; the row after the last input is the biases', whose input is 1.
  function backToWeights({ gradient, inputs, outputs }, x, dy, images, from, to) {
    for (let i = from; i < to; i++) {
      const at = i * outputs;
      gradient.fill(0, at, at + outputs);
      if (i === inputs) {
        for (let n = 0; n < images; n++) for (let o = 0; o < outputs; o++) gradient[at + o] += dy[n * outputs + o];
        continue;
      }
      let count = 0;
      for (let n = 0; n < images; n++) if (x[n * inputs + i] !== 0) active[count++] = n;
      addUp(gradient, at, outputs, x, inputs, i, count, dy);
    }
  }

  // ∂/∂x = ∂/∂y Wᵀ for images `from` … `to`; after a ReLU it is zero where its output x is.
  function backToInputs({ matrix, inputs, outputs }, x, dy, dx, afterRelu, from, to) {
    for (let n = from; n < to; n++) {
      let count = 0;
      for (let i = 0; i < inputs; i++) {
        dx[n * inputs + i] = 0;
        if (!afterRelu || x[n * inputs + i] > 0) active[count++] = i;
      }
      const at = n * outputs;
      let k = 0;
      for (; k + 3 < count; k += 4) {
        const ra = active[k] * outputs, rb = active[k + 1] * outputs;
        const rc = active[k + 2] * outputs, rd = active[k + 3] * outputs;
        let a = 0, b = 0, c = 0, d = 0;
        for (let o = 0; o < outputs; o++) {
          const value = dy[at + o];
          a += value * matrix[ra + o];
          b += value * matrix[rb + o];
          c += value * matrix[rc + o];
          d += value * matrix[rd + o];
        }
        dx[n * inputs + active[k]] = a;
        dx[n * inputs + active[k + 1]] = b;
        dx[n * inputs + active[k + 2]] = c;
        dx[n * inputs + active[k + 3]] = d;
      }
      for (; k < count; k++) {
        const row = active[k] * outputs;
        let sum = 0;
        for (let o = 0; o < outputs; o++) sum += dy[at + o] * matrix[row + o];
        dx[n * inputs + active[k]] = sum;
      }
    }
  }

  // Adam (Kingma & Ba 2015) with PyTorch's settings, for places `from` … `to` of a layer's matrix.
  function adam({ matrix, gradient, mean, square }, step, learningRate, from, to) {
    const [first, second, eps] = [0.9, 0.999, 1e-8];
    const rate = learningRate / (1 - first ** step);
    const root = Math.sqrt(1 - second ** step);
    for (let at = from; at < to; at++) {
      const g = gradient[at];
      mean[at] += (1 - first) * (g - mean[at]);
      square[at] = second * square[at] + (1 - second) * g * g;
      if (mean[at] !== 0) matrix[at] -= (rate * mean[at]) / (Math.sqrt(square[at]) / root + eps);
    }
  }

  Object.assign(vaelibTraining, { Layer, forward, backToWeights, backToInputs, adam });
})();
