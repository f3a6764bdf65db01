// Signs: this page says that somebody looks or writes here, and shows who else does.
"use strict";
(() => {
  const form = document.getElementById("composer");
  const box = document.getElementById("signs");
  if (!form || !box || !window.desk) return;
  const EVERY = 15000, AGAIN = 4000, IDLE = 6000;
  let told = 0; // when it was last said that somebody writes
  let idle = 0;
  const page = crypto.getRandomValues(new Uint16Array(1))[0].toString(16); // a page that goes takes no other's sign along
  let last = Promise.resolve(); // one after the other: the newest is what stands
  const send = (values) => {
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, page, ...values });
    return fetch(box.dataset.here, { method: "POST", headers: { "HX-Request": "true" }, body, keepalive: true }).catch(() => {});
  };
  const say = (values) => { last = last.then(() => send(values)); };
  const seen = () => document.visibilityState === "visible";
  const rest = () => { clearTimeout(idle); if (told) { told = 0; if (seen()) say({ writes: "" }); } };
  form.elements.text.addEventListener("input", () => {
    if (form.elements.kind.value !== "reply" || !form.elements.text.value.trim()) { rest(); return; }
    clearTimeout(idle);
    idle = setTimeout(rest, IDLE);
    if (Date.now() - told < AGAIN) return;
    told = Date.now();
    say({ writes: "1" });
  });
  form.addEventListener("submit", rest);
  const here = () => { if (seen()) say({ writes: told ? "1" : "" }); };
  setInterval(here, EVERY);
  document.addEventListener("visibilitychange", () => { if (seen()) here(); else { told = 0; say({ gone: "1" }); } });
  addEventListener("pagehide", () => send({ gone: "1" })); // at once: nothing runs afterwards
  here();
  document.addEventListener("changed", (event) => { if (event.detail.data === form.dataset.talk) desk.look(box); });
  document.addEventListener("resync", () => desk.look(box));
  setInterval(() => { if (box.childElementCount) desk.look(box); }, 5000); // signs end by themselves
})();
