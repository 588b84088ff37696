// A test image, which no training saw: z goes to where the encoder puts it, and along as training goes on.
"use strict";

(() => {
  const { drawing } = vaelibExplorer;

  class Unseen {
    // `means` gives the encoder's means of the test images on the page's snapshot; `move` moves z to one of them.
    constructor(find, { images, labels }, means, move) {
      Object.assign(this, { find, images, means });
      const order = [...labels.keys()].sort((i, j) => labels[i] - labels[j]);
      for (const i of order) find("test").append(new Option(drawing.named(labels[i]), i));
      find("test").addEventListener("change", () => (this.place ? move(this.place) : this.forget()));
    }

    get chosen() {
      const { value } = this.find("test");
      return value === "" ? undefined : Number(value);
    }

    // m(x) of the chosen image x.
    get place() {
      const i = this.chosen;
      return i === undefined || !this.means() ? undefined : Array.from(this.means().subarray(2 * i, 2 * i + 2));
    }

    get image() {
      if (this.chosen === undefined) return undefined;
      return Array.from(drawing.image(this.images, this.chosen), (byte) => byte / 255);
    }

    // Show the image as long as z is `there`, at its place.
    show(there) {
      if (!there) return this.forget();
      drawing.digit(this.find("test-image"), this.image);
      this.find("test-image").hidden = false;
    }

    forget() {
      this.find("test").value = "";
      this.find("test-image").hidden = true;
    }
  }

  Object.assign(vaelibExplorer, { Unseen });
})();
