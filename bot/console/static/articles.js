// Articles that fit the customer's last words, above what is written: a click puts one into the draft.
"use strict";
(() => {
  const form = document.getElementById("composer");
  const beside = document.getElementById("articles");
  if (!form || !beside) return;
  beside.addEventListener("click", (event) => {
    const one = event.target.closest("[data-mark]");
    if (!one) return;
    const now = form.elements.text.value.trimEnd();
    form.put(now ? `${now}\n${one.dataset.text}` : one.dataset.text, one.dataset.mark);
  });
  document.addEventListener("changed", (event) => { if (event.detail.data === beside.dataset.talk) desk.look(beside); });
  document.addEventListener("resync", () => desk.look(beside));
})();
