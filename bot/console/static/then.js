// "Send and…": a menu beside the send button; arrows go through it, Escape leads back to what is written.
"use strict";
(() => {
  const form = document.getElementById("composer");
  const menu = document.getElementById("then");
  if (!form || !menu) return;
  const there = () => [...menu.querySelectorAll("button, input")];
  const mine = () => { menu.hidden = form.elements.kind.value === "note" || !("mine" in (document.getElementById("lines")?.dataset ?? {})); };
  for (const name of ["change", "htmx:after:swap"]) document.addEventListener(name, mine);
  mine();
  form.openThen = () => {
    if (menu.hidden) return;
    menu.open = true;
    there()[0].focus();
  };
  form.closeThen = () => { if (menu.open) { menu.open = false; form.elements.text.focus(); } };
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("input")) { // not what the send button does
      event.preventDefault();
      form.requestSubmit(menu.querySelector("[value='snooze.own']"));
      return;
    }
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Escape" && menu.open) { event.preventDefault(); form.closeThen(); return; }
    if (!by || event.target.matches("input")) return;
    event.preventDefault();
    menu.open = true;
    const items = there();
    const at = items.indexOf(document.activeElement);
    items[(at + by + items.length + (at < 0 && by < 0 ? 1 : 0)) % items.length].focus();
  });
})();
