// Single letters do what the page's own buttons do; never a browser's chord, never while somebody writes.
"use strict";
(() => {
  const palette = document.getElementById("palette");
  const help = document.getElementById("shortcuts");
  if (!palette) return;
  const KEYS = { p: "palette", "?": "help", j: "next", k: "previous", r: "reply", n: "note", t: "take", e: "resolve", E: "resolve_next", s: "snooze", 1: "article", 2: "article", 3: "article" };
  const composer = document.getElementById("composer");
  const deed = (end) => document.querySelector(`.deeds form[action$='${end}']`);
  const step = (by) => {
    const rows = [...document.querySelectorAll("#list .row-link")];
    const at = rows.findIndex((one) => one.getAttribute("aria-current"));
    return rows[at < 0 ? 0 : at + by];
  };
  const go = (row) => { if (row) location.assign(row.href); };
  const write = (kind) => {
    if (!composer) return;
    composer.querySelector(`input[value=${kind}]`).click();
    composer.elements.text.focus();
  };
  // The open conversation leaves the list, so the next one is looked up before.
  const resolveNext = () => {
    const form = deed("/move/resolve");
    if (!form) return;
    const next = document.createElement("input");
    const row = step(1) || step(-1);
    Object.assign(next, { type: "hidden", name: "next", value: row ? new URL(row.href).pathname + new URL(row.href).search : document.querySelector(".talk-head .back").getAttribute("href") });
    form.append(next);
    form.requestSubmit();
  };
  const putOff = () => {
    const menu = deed("/snooze")?.closest("details");
    if (menu) { menu.open = true; menu.querySelector("form .btn").focus(); }
  };
  const deeds = {
    palette: () => { found.close(); field.value = ""; palette.showModal(); ask(); },
    help: () => help.showModal(),
    next: () => go(step(1)),
    previous: () => go(step(-1)),
    reply: () => write("reply"),
    note: () => write("note"),
    take: () => deed("/move/take")?.requestSubmit(),
    resolve: () => deed("/move/resolve")?.requestSubmit(),
    resolve_next: resolveNext,
    snooze: putOff,
    article: (key) => document.querySelectorAll("#articles [data-mark]")[Number(key) - 1]?.click(),
  };
  const WRITES = "input, textarea, select, [contenteditable], audio, video";
  document.addEventListener("keydown", (event) => {
    if (!("on" in help.dataset) || event.defaultPrevented || window.desk.composing(event)) return;
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (event.target.closest?.(WRITES) || document.querySelector("dialog[open]")) return;
    const name = KEYS[event.key.length === 1 && event.key !== "?" ? (event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase()) : event.key];
    if (!name) return;
    event.preventDefault();
    deeds[name](event.key);
  });

  const field = palette.querySelector("input");
  const none = document.getElementById("palette-none");
  let asked = 0;
  const found = window.choosing(field, document.getElementById("palette-found"), (one) => {
    palette.close();
    if (one.dataset.run) deeds[one.dataset.run](); else location.assign(one.dataset.href);
  });
  const ask = async () => {
    const mine = asked += 1;
    if (field.value) await new Promise((done) => setTimeout(done, 120));
    if (mine !== asked) return;
    const wanted = new URLSearchParams({ typed: field.value, open: composer?.dataset.talk || "" });
    try {
      const answer = await fetch(`${palette.dataset.from}?${wanted}`, { headers: { "HX-Request": "true" } });
      if (answer.status === 401) { location.reload(); return; }
      if (mine !== asked) return;
      if (answer.ok) found.show(await answer.text()); else found.close();
      none.hidden = found.options().length > 0;
    } catch { found.close(); }
  };
  field.addEventListener("input", (event) => { if (!event.isComposing) ask(); });
  field.addEventListener("compositionend", ask);
  for (const one of document.querySelectorAll("[data-opens]")) one.addEventListener("click", () => deeds[one.dataset.opens]());
  for (const one of [palette, help]) one.addEventListener("click", (event) => { if (event.target === one) one.close(); });
})();
