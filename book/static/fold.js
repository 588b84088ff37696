// A switch under a notebook's title that opens all of its code; the browser remembers it from page to page.
document.addEventListener("DOMContentLoaded", () => {
  const cells = [...document.querySelectorAll("details.code")];
  const title = document.querySelector(".bd-article h1");
  if (!cells.length || !title) return;
  const memory = {
    // from the disk some browsers refuse it
    get open() { try { return localStorage.getItem("code") === "open"; } catch { return false; } },
    set open(value) { try { localStorage.setItem("code", value ? "open" : "folded"); } catch { /* for this page alone */ } },
  };
  const button = document.createElement("button");
  button.type = "button";
  button.className = "fold";
  function show(open) {
    for (const cell of cells) cell.open = open;
    button.textContent = open ? "Fold all code" : "Show all code";
  }
  button.addEventListener("click", () => show((memory.open = button.textContent.startsWith("Show"))));
  title.after(button);
  show(memory.open);
});
