// A seeded stream of random numbers: the same seed gives the same training on every machine.
"use strict";

(() => {
  // xoshiro128++ (Blackman & Vigna 2021): four words of state, 32 bits a call.
  class Random {
    constructor(seed) {
      let word = seed >>> 0;
      this.state = Uint32Array.from({ length: 4 }, () => { // a Weyl sequence, each word of it mixed
        word = (word + 0x9e3779b9) >>> 0;
        let mixed = Math.imul(word ^ (word >>> 16), 0x85ebca6b);
        mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
        return mixed ^ (mixed >>> 16);
      });
      this.spare = undefined;
    }

    bits() {
      const { state } = this;
      const turned = (value, by) => (value << by) | (value >>> (32 - by));
      const found = (turned(state[0] + state[3], 7) + state[0]) >>> 0;
      const shifted = state[1] << 9;
      state[2] ^= state[0];
      state[3] ^= state[1];
      state[1] ^= state[2];
      state[0] ^= state[3];
      state[2] ^= shifted;
      state[3] = turned(state[3], 11);
      return found;
    }

    // In (0, 1), never an end.
    uniform() {
      return (this.bits() + 0.5) / 2 ** 32;
    }

    // Standard normal, two at a time (Box & Muller 1958).
    normal() {
      if (this.spare !== undefined) {
        const found = this.spare;
        this.spare = undefined;
        return found;
      }
      const radius = Math.sqrt(-2 * Math.log(this.uniform()));
      const angle = 2 * Math.PI * this.uniform();
      this.spare = radius * Math.sin(angle);
      return radius * Math.cos(angle);
    }

    normals(count) {
      return Float64Array.from({ length: count }, () => this.normal());
    }
  }

  Object.assign(vaelibTraining, { Random });
})();
