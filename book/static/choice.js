// A link to something in a tab that is not chosen chooses it.
addEventListener("DOMContentLoaded", () => {
  const choose = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const content = target && target.closest(".sd-tab-content");
    if (!content) return;
    document.getElementById(content.previousElementSibling.htmlFor).checked = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", choose);
  choose();
});
