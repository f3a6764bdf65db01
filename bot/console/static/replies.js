// Canned replies: "/" and the beginning of a shortcut opens a list, "#" and any words one of articles; "@" in a note one of colleagues.
"use strict";
(() => {
  const form = document.getElementById("composer");
  const list = document.getElementById("replies");
  if (!form || !list) return;
  const text = form.elements.text;
  let asked = 0;
  const offered = window.choosing(text, list, (one) => {
    if (one.dataset.call) call(one.dataset.call); else form.put(one.dataset.text, one.dataset.mark);
    close();
  }, ["Enter", "Tab"]);
  const before = () => text.value.slice(0, text.selectionStart);
  const call = (name) => {
    const kept = before().replace(/[@＠][^\s@＠]*$/, name);
    const after = text.value.slice(text.selectionStart);
    form.put(kept + after);
    text.setSelectionRange(kept.length, kept.length);
  };
  const close = () => { asked += 1; offered.close(); };
  const offer = async (from, typed, mine) => {
    try {
      const answer = await fetch(`${from}?typed=${encodeURIComponent(typed)}`, { headers: { "HX-Request": "true" } });
      if (mine !== asked || !answer.ok) return;
      offered.show(await answer.text());
      list.hidden = !list.childElementCount;
    } catch { close(); }
  };
  text.addEventListener("input", async () => {
    const typed = /^[/／]([^\s/]{0,32})$/.exec(text.value);
    const sought = typed || /^[#＃](.{0,200})$/.exec(text.value);
    const named = form.elements.kind.value === "note" && /[@＠]([^\s@＠]{0,32})$/.exec(before());
    if (named) { await offer(form.dataset.colleagues, named[1], asked += 1); return; }
    if (!sought) { close(); return; }
    const mine = asked += 1;
    if (!typed) await new Promise((done) => setTimeout(done, 200)); // a search is more work than a list
    if (mine === asked) await offer(typed ? form.dataset.replies : form.dataset.articles, sought[1], mine);
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !list.hidden && !window.desk.composing(event)) { event.preventDefault(); close(); }
  });
  text.addEventListener("blur", close);
})();
