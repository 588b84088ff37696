// A switch under a notebook's title that folds all of its code; the browser remembers it from page to page.
document.addEventListener("DOMContentLoaded", () => {
  const cells = [...document.querySelectorAll("details.code")];
  const title = document.querySelector(".bd-article h1");
  if (!cells.length || !title) return;
  const memory = {
    // from the disk some browsers refuse it
    get folded() { try { return localStorage.getItem("code") === "folded"; } catch { return false; } },
    set folded(value) { try { localStorage.setItem("code", value ? "folded" : "open"); } catch { /* for this page alone */ } },
  };
  const button = document.createElement("button");
  button.type = "button";
  button.className = "fold";
  function fold(folded) {
    for (const cell of cells) cell.open = !folded;
    button.textContent = folded ? "Show all code" : "Fold all code";
  }
  button.addEventListener("click", () => fold((memory.folded = button.textContent.startsWith("Fold"))));
  title.after(button);
  fold(memory.folded);
});
