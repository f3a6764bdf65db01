// Canned replies: "/" and the beginning of a shortcut opens a list, "#" and any words one of articles; arrows, Enter and Escape, or the pointer.
"use strict";
(() => {
  const form = document.getElementById("composer");
  const list = document.getElementById("replies");
  if (!form || !list) return;
  const text = form.elements.text;
  let asked = 0;
  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");
  const close = () => { asked += 1; list.hidden = true; list.replaceChildren(); text.removeAttribute("aria-activedescendant"); };
  const mark = (one) => {
    for (const other of options()) other.removeAttribute("aria-selected");
    one.setAttribute("aria-selected", "true");
    text.setAttribute("aria-activedescendant", one.id);
    one.scrollIntoView({ block: "nearest" });
  };
  const insert = (one) => { form.put(one.dataset.text, one.dataset.mark); close(); };
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
      list.replaceChildren(...new DOMParser().parseFromString(`<ul>${await answer.text()}</ul>`, "text/html").querySelector("ul").children);
      list.hidden = false;
      if (options()[0]) mark(options()[0]);
    } catch { close(); }
  });
  text.addEventListener("keydown", (event) => {
    if (list.hidden || event.isComposing) return;
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (all.length) mark(all[(at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
    } else if ((event.key === "Enter" || event.key === "Tab") && chosen() && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      insert(chosen());
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  });
  list.addEventListener("pointerdown", (event) => {
    const one = event.target.closest("[role=option]");
    if (one) { event.preventDefault(); insert(one); }
  });
  text.addEventListener("blur", close);
})();
