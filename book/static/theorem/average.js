// Theorem 1's average with four training images whose clouds, and z, can be moved: what follows from where they are.
"use strict";

(() => {
  const { OptimalDecoder, perplexity } = vaelibExplorer;
  const LIMITS = { m: [-5, 5], s: [0.1, 3], z: [-6, 6] };

  // Weights w_i(z), their perplexity and the average μ(z). The code is one number here; a second one, in which all
  // clouds are alike, makes it one of the explorer's and changes no weight.
  function answer({ means, stds, images, z }) {
    const optimal = new OptimalDecoder(
      Float64Array.from(means.flatMap((mean) => [mean, 0])),
      Float64Array.from(stds.flatMap((std) => [Math.log(std), 0])),
      Float64Array.from(images.flat(), (pixel) => 255 * pixel),
    );
    const weights = Array.from(optimal.logWeights([z, 0]), Math.exp);
    return { weights, perplexity: perplexity(weights), average: Array.from(optimal.average(weights)) };
  }

  // How high cloud q(z|x) is at a place.
  const density = (mean, std, place) => Math.exp(-0.5 * ((place - mean) / std) ** 2) / (std * Math.sqrt(2 * Math.PI));

  const within = (kind, value) => Math.min(Math.max(value, LIMITS[kind][0]), LIMITS[kind][1]);

  Object.assign(vaelibExplorer, { four: { LIMITS, answer, density, within } });
})();
