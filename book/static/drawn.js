// A figure that is wider than its box can be moved with the keys, too.
addEventListener("DOMContentLoaded", () => {
  const boxes = [...document.querySelectorAll(".drawn")];
  const reach = () => {
    for (const box of boxes) {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("load", reach);
  addEventListener("resize", reach);
});
