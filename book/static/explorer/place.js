// A place that is kept: pinned on the plane, or written into the page's address.
"use strict";

(() => {
  const DIGITS = 6; // after the point: a border of the plane is narrow

  const linkTo = ({ steps, z }) => `#steps=${steps}&z=${z.map((value) => Number(value.toFixed(DIGITS))).join(",")}`;

  // {steps, z} of an address that has a place, nothing of any other.
  function placeIn(hash) {
    const found = new URLSearchParams(hash.slice(1));
    const z = (found.get("z") ?? "").split(",").map(parseFloat);
    return z.length === 2 && z.every(Number.isFinite) ? { steps: found.get("steps"), z } : undefined;
  }

  // While z is pinned the pointer does not move it; a click, Enter or the button pin it, the same or Escape free it.
  class Pin {
    constructor(find, changed) {
      Object.assign(this, { find, changed, pinned: false });
      find("pin").addEventListener("click", () => this.set(!this.pinned));
      find("plane").addEventListener("keydown", (event) => {
        if (![" ", "Enter"].includes(event.key) || event.altKey || event.ctrlKey || event.metaKey) return;
        event.preventDefault(); // the page stays where it is
        this.set(!this.pinned);
      });
      document.addEventListener("keydown", (event) => event.key === "Escape" && this.set(false));
    }

    set(pinned) {
      if (pinned === this.pinned) return;
      this.pinned = pinned;
      this.find("pin").setAttribute("aria-pressed", pinned);
      this.find("plane").classList.toggle("pinned", pinned);
      this.find("pinned").hidden = !pinned;
      this.find("free").hidden = pinned;
      this.changed();
    }
  }

  // The button that puts the link to a place into the address and the clipboard, which not every browser hands out.
  function offerLink(find, place) {
    find("link").addEventListener("click", async () => {
      if (!place()) return;
      history.replaceState(null, "", linkTo(place()));
      const copied = await Promise.resolve(navigator.clipboard?.writeText(location.href)).then(
        () => Boolean(navigator.clipboard), () => false);
      find("linked").textContent = copied ? "Copied." : "It is in the address bar.";
    });
  }

  Object.assign(vaelibExplorer, { Pin, placeIn, offerLink });
})();
