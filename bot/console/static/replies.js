// Canned replies: "/" and the beginning of a shortcut opens a list, "#" and any words one of articles.
"use strict";
(() => {
  const form = document.getElementById("composer");
  const list = document.getElementById("replies");
  if (!form || !list) return;
  const text = form.elements.text;
  let asked = 0;
  const offered = window.choosing(text, list, (one) => { form.put(one.dataset.text, one.dataset.mark); close(); }, ["Enter", "Tab"]);
  const close = () => { asked += 1; offered.close(); };
  text.addEventListener("input", async () => {
    const typed = /^[/／]([^\s/]{0,32})$/.exec(text.value);
    const sought = typed || /^[#＃](.{0,200})$/.exec(text.value);
    if (!sought) { close(); return; }
    const mine = asked += 1;
    try {
      if (!typed) await new Promise((done) => setTimeout(done, 200)); // a search is more work than a list
      if (mine !== asked) return;
      const answer = await fetch(`${typed ? form.dataset.replies : form.dataset.articles}?typed=${encodeURIComponent(sought[1])}`, { headers: { "HX-Request": "true" } });
      if (mine !== asked || !answer.ok) return;
      offered.show(await answer.text());
    } catch { close(); }
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden && !window.desk.composing(event)) { event.preventDefault(); close(); }
  });
  text.addEventListener("blur", close);
})();
