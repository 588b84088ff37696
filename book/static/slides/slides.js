// One slide at a time: arrow keys, space, Page Up and Down, Home, End; a click on the left or the right half.
"use strict";

(() => {
  const slides = [...document.querySelectorAll(".slide")];
  let now = 0;

  function show(place) {
    now = Math.min(Math.max(place, 0), slides.length - 1);
    slides.forEach((slide, i) => slide.classList.toggle("now", i === now));
    document.title = document.title.replace(/^(\d+ · )?/, `${now + 1} · `);
    history.replaceState(null, "", `#${now + 1}`);
  }

  function fit() {
    document.body.style.setProperty("--scale", Math.min(innerWidth / 1280, innerHeight / 720));
  }

  const steps = { ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1 };
  addEventListener("keydown", ({ key, altKey, ctrlKey, metaKey }) => {
    if (altKey || ctrlKey || metaKey) return;
    if (key in steps) show(now + steps[key]);
    if (key === "Home") show(0);
    if (key === "End") show(slides.length - 1);
  });
  addEventListener("click", ({ clientX, target }) => {
    if (!target.closest("a")) show(now + (clientX < innerWidth / 2 ? -1 : 1));
  });
  addEventListener("resize", fit);
  addEventListener("hashchange", () => show(Number(location.hash.slice(1)) - 1 || 0));
  document.body.classList.add("shown");
  fit();
  show(Number(location.hash.slice(1)) - 1 || 0);
})();
