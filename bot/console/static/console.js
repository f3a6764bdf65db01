// The console's own behaviour; pages work without it, except for being live.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  if (!root.dataset.bsTheme) {
    const follow = () => { root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
    dark.addEventListener("change", follow);
    follow();
  }
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
})();
