// The history: its end stays in sight unless somebody reads further up; then what comes is counted.
"use strict";
(() => {
  const { look, talk } = window.desk;
  if (!talk) return;
  const box = () => document.getElementById("lines");
  const button = () => document.getElementById("newer");
  const newest = () => [...box().querySelectorAll(".line[id]")].at(-1)?.id ?? "m-0";
  const number = (id) => Number(id.slice(2));
  let anchor = null; // the first line in sight and how far down it stands, where somebody reads further up
  let seen = 0; // the newest message when they did so
  const mark = () => {
    const lines = box();
    const top = lines.scrollTop;
    const line = [...lines.querySelectorAll(".line[id]")].find((one) => one.offsetTop + one.offsetHeight > lines.offsetTop + top);
    if (!anchor) seen = number(newest());
    anchor = line ? { id: line.id, down: line.offsetTop - top } : null;
  };
  const count = () => {
    const come = anchor ? [...box().querySelectorAll(".theirs[id]")].filter((one) => number(one.id) > seen).length : 0;
    const shown = button();
    shown.hidden = !come;
    shown.textContent = come === 1 ? shown.dataset.single : shown.dataset.many.replace("{count}", come);
  };
  const toEnd = () => { const lines = box(); lines.scrollTop = lines.scrollHeight; };
  document.addEventListener("scroll", ({ target }) => {
    if (target.id !== "lines") return;
    if (target.scrollHeight - target.scrollTop - target.clientHeight > 60) mark(); else { anchor = null; count(); }
  }, true);
  const place = () => {
    const line = anchor && document.getElementById(anchor.id);
    if (line) box().scrollTop = line.offsetTop - anchor.down; else toEnd();
    count();
  };
  for (const change of ["load", "resize"]) addEventListener(change, () => { if (!anchor) toEnd(); });
  document.addEventListener("htmx:after:swap", place);
  talk.addEventListener("click", (event) => {
    if (event.target.closest("#newer")) { anchor = null; place(); return; }
    const earlier = event.target.closest("#earlier");
    if (!earlier || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    mark();
    talk.setAttribute("hx-vals", JSON.stringify({ from: earlier.dataset.from }));
    look(talk);
  });
  // A link to one message leads there, and shows which it is.
  const meant = location.hash.startsWith("#m-") ? document.getElementById(location.hash.slice(1)) : null;
  if (meant) {
    meant.scrollIntoView({ block: "center" });
    mark();
  } else toEnd();
})();
