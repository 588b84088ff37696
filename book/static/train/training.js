// mini-MNIST trained on the page: steps in slices between two frames, what each step met, and when to look at it.
"use strict";

(() => {
  const { Trainer, Random, whole } = vaelibTraining;
  const SLICE = 12; // milliseconds of work a frame

  class Training {
    // `met` is called after each step, `rested` when the last of those asked for is done.
    constructor({ images, hidden, seed, last, met, rested }) {
      Object.assign(this, { last, met, rested });
      this.random = new Random(seed);
      this.trainer = new Trainer({ images, hidden });
      this.trainer.begin(this.random);
      this.epsilon = this.random.normals(this.trainer.z.length);
      whole(this.trainer.encode());
      this.course = { distortion: [], rate: [] };
      this.wanted = 0; // steps
      this.pause = 0; // milliseconds from the beginning of a step to that of the next, at least
      this.due = 0;
    }

    get steps() {
      return this.course.rate.length;
    }

    get running() {
      return this.steps < this.wanted;
    }

    // Go on until so many steps are done.
    until(steps) {
      this.wanted = Math.min(steps, this.last);
      if (this.running) this.frame ??= requestAnimationFrame(() => this.slice());
    }

    // The step at work is done to its end.
    stop() {
      this.wanted = this.steps + (this.work ? 1 : 0);
    }

    // For good: nothing of it is called any more.
    leave() {
      cancelAnimationFrame(this.frame);
      this.met = this.rested = () => {};
    }

    slice() {
      this.frame = undefined;
      const ends = performance.now() + SLICE;
      while (this.running && performance.now() < ends) {
        if (!this.work) {
          const now = performance.now();
          if (now < this.due) break;
          this.due = now + this.pause;
          this.epsilon = this.random.normals(this.epsilon.length);
          this.work = this.trainer.step(this.epsilon);
        }
        const { done, value } = this.work.next();
        if (done) this.finish(value);
      }
      if (this.running) this.frame = requestAnimationFrame(() => this.slice());
    }

    finish({ distortion, rate }) {
      this.work = undefined;
      this.course.distortion.push(distortion);
      this.course.rate.push(rate);
      this.met();
      if (!this.running) this.rested();
    }
  }

  Object.assign(vaelibTraining, { Training });
})();
