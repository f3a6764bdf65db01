// The right side stays live, except for a form that is being filled in; on narrow screens Escape closes the sheet.
"use strict";
(() => {
  const side = document.getElementById("side");
  if (!side || !window.desk) return;
  const look = () => desk.look(side);
  document.addEventListener("changed", (event) => { if (event.detail.data === side.dataset.talk) look(); });
  document.addEventListener("resync", look);
  side.addEventListener("toggle", (event) => {
    const one = event.target;
    if (!one.matches("details.edit")) return;
    if (one.open) one.querySelector("input:not([type=hidden]), select, textarea")?.focus();
    else look();
  }, true);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    const open = side.querySelector("details.edit[open]");
    if (open?.contains(event.target)) { open.open = false; open.querySelector("summary").focus(); }
    else if (location.hash === "#side") location.hash = "#talk";
  });
})();
