// A list under a field: arrows, Enter and Escape, or the pointer; canned replies, articles and the palette share it.
"use strict";
window.choosing = (input, list, take, keys = ["Enter"]) => {
  const options = () => [...list.querySelectorAll("[role=option]")];
  const chosen = () => list.querySelector("[aria-selected=true]");
  const mark = (one) => {
    for (const other of options()) other.removeAttribute("aria-selected");
    input.removeAttribute("aria-activedescendant");
    if (!one) return;
    one.setAttribute("aria-selected", "true");
    input.setAttribute("aria-activedescendant", one.id);
    one.scrollIntoView({ block: "nearest" });
  };
  const close = () => { list.hidden = true; list.replaceChildren(); mark(null); };
  // What came from the server, as items of the list; the first is marked.
  const show = (html) => {
    list.replaceChildren(...new DOMParser().parseFromString(`<ul>${html}</ul>`, "text/html").querySelector("ul").children);
    list.hidden = false;
    mark(options()[0]);
  };
  input.addEventListener("keydown", (event) => {
    if (list.hidden || window.desk.composing(event)) return;
    const all = options();
    const at = all.indexOf(chosen());
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (all.length) mark(all[(at + (event.key === "ArrowDown" ? 1 : all.length - 1)) % all.length]);
    } else if (keys.includes(event.key) && chosen() && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      take(chosen());
    }
  });
  list.addEventListener("pointerdown", (event) => {
    const one = event.target.closest("[role=option]");
    if (one) { event.preventDefault(); take(one); }
  });
  return { show, close, options };
};
