// Photos of the history, large: arrows go through them, Escape closes; without this they are links.
"use strict";
(() => {
  const talk = document.getElementById("talk");
  const viewer = document.getElementById("viewer");
  if (!talk || !viewer) return;
  const image = viewer.querySelector("img");
  const where = viewer.querySelector("output");
  const photos = () => [...talk.querySelectorAll("a:has(> img.photo)")];
  let at = 0;
  const show = (place) => {
    const all = photos();
    if (!all.length) return;
    at = (place + all.length) % all.length;
    image.src = all[at].href;
    where.textContent = `${at + 1} / ${all.length}`;
    for (const one of viewer.querySelectorAll("[data-by]")) one.hidden = all.length < 2;
  };
  talk.addEventListener("click", (event) => {
    const link = event.target.closest("a:has(> img.photo)");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return; // these open a tab
    event.preventDefault();
    show(photos().indexOf(link));
    viewer.showModal();
  });
  viewer.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft" || event.key === "ArrowRight") { event.preventDefault(); show(at + (event.key === "ArrowLeft" ? -1 : 1)); }
  });
  for (const one of viewer.querySelectorAll("[data-by]")) one.addEventListener("click", () => show(at + Number(one.dataset.by)));
  viewer.addEventListener("click", (event) => { if (event.target === viewer) viewer.close(); });
  viewer.addEventListener("close", () => {
    image.removeAttribute("src");
    photos()[at]?.focus({ preventScroll: true }); // the history may have been fetched again meanwhile
  });
})();
