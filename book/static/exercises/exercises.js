// Answers of exercises, checked where they are typed: against the number, its tolerance, and the usual mistakes.
"use strict";

const vaelibExercises = (() => {
  // What a typed text may mean. A comma is a decimal one or one of thousands: 0,5 or 1,000.
  function readings(text) {
    const plain = text.trim().replace(/[−–]/g, "-").replace(/[\s_]/g, "").replace(/^\+/, "");
    const fraction = plain.match(/^(-?[\d.]+)\/([\d.]+)$/);
    if (fraction) return [Number(fraction[1]) / Number(fraction[2])].filter(Number.isFinite);
    if (!/^-?(\d+([.,]\d*)*|[.,]\d+)(e-?\d+)?$/i.test(plain)) return [];
    const meant = new Set([Number(plain.replace(/,/g, "")), Number(plain.replace(",", "."))]);
    return [...meant].filter(Number.isFinite);
  }

  const near = (values, target, tolerance) => values.some((value) => Math.abs(value - target) <= tolerance * (1 + 1e-9));

  // What to say to a typed text, and whether it is right.
  function judge(text, answer, tolerance, mistakes) {
    const values = readings(text);
    if (!values.length) return { right: false, words: "Type a number, such as 0.5, 2/3 or −1." };
    if (near(values, answer, tolerance)) return { right: true, words: "Right." };
    const known = mistakes.find(([value]) => near(values, value, tolerance));
    const size = values[0] < answer ? "too small" : "too large";
    return { right: false, words: known ? `Not yet. ${known[1]}` : `Not yet: ${size}.` };
  }

  return { readings, judge };
})();

document.addEventListener("DOMContentLoaded", () => {
  for (const form of document.querySelectorAll("form.answer")) {
    const [typed, told] = [form.querySelector("input"), form.querySelector('[role="status"]')];
    const { answer, tolerance, mistakes } = form.dataset;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { right, words } = vaelibExercises.judge(typed.value, Number(answer), Number(tolerance), JSON.parse(mistakes));
      form.dataset.right = right;
      typed.setAttribute("aria-invalid", String(!right));
      told.textContent = words;
    });
    typed.addEventListener("input", () => {
      delete form.dataset.right;
      typed.removeAttribute("aria-invalid");
      told.textContent = "";
    });
    form.hidden = false;
  }
});
