// Drafts that another tab wrote to the same customer while this one had another: offered, also when that tab is gone.
"use strict";
(() => {
  const form = document.getElementById("composer");
  const box = document.getElementById("apart");
  const pattern = document.getElementById("apart-row");
  if (!form || !box) return;
  const draw = () => {
    box.replaceChildren(...form.apartElsewhere().map((key) => {
      const row = pattern.content.firstElementChild.cloneNode(true);
      const words = localStorage.getItem(key) ?? "";
      row.querySelector("q").textContent = words.length > 120 ? `${words.slice(0, 120)}…` : words;
      const [put, drop] = row.querySelectorAll("button");
      const done = () => { localStorage.removeItem(key); draw(); };
      put.addEventListener("click", () => {
        const now = form.elements.text.value;
        form.put(now ? `${now}\n${words}` : words);
        done();
      });
      drop.addEventListener("click", () => { done(); form.elements.text.focus(); });
      return row;
    }));
  };
  addEventListener("storage", draw);
  form.addEventListener("change", (event) => { if (event.target.name === "kind") draw(); });
  draw();
})();
