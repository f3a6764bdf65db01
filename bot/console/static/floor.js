// The floor stays live, except while somebody fills in one of its forms, which it says, or its tab is hidden.
"use strict";
(() => {
  const floor = document.getElementById("floor");
  const paused = document.getElementById("paused");
  if (!floor || !window.desk) return;
  const busy = () => floor.querySelector("details[open]") !== null;
  const look = () => { paused.hidden = !busy(); if (!busy() && !document.hidden) desk.look(floor); };
  for (const name of ["changed", "resync", "visibilitychange"]) document.addEventListener(name, look);
  floor.addEventListener("toggle", look, true);
  setInterval(look, 30000);
})();
