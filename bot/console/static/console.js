// The console's own behaviour; pages work without it, except for being live.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  if (!root.dataset.bsTheme) {
    const follow = () => { root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
    dark.addEventListener("change", follow);
    follow();
  }
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });

  // Live: what changed elsewhere is fetched again, at most four times a second; an open menu is left alone.
  const list = document.getElementById("list");
  const talk = document.getElementById("talk");
  const waiting = new Set();
  let timer = 0;
  const refresh = () => {
    timer = 0;
    for (const part of waiting) {
      if (part === talk && talk.querySelector("details[open]")) { soon(); continue; }
      waiting.delete(part);
      htmx.trigger(part, "refresh");
    }
  };
  const soon = () => { timer ||= setTimeout(refresh, 250); };
  const look = (part) => { if (part) { waiting.add(part); soon(); } };
  const offline = document.getElementById("offline");
  document.addEventListener("changed", (event) => {
    look(list);
    if (talk && event.detail.data === talk.dataset.talk) look(talk);
  });
  document.addEventListener("resync", () => { if (offline) offline.hidden = true; look(list); look(talk); });
  document.addEventListener("signed-out", () => location.reload());
  document.addEventListener("htmx:sse:error", () => { if (offline) offline.hidden = false; });
  setInterval(() => { look(list); }, 30000); // waiting times grow by themselves

  // The end of the history stays in sight, unless somebody reads further up.
  const end = () => document.getElementById("lines");
  const toEnd = () => { const lines = end(); if (lines) lines.scrollTop = lines.scrollHeight; };
  let kept = null;
  document.addEventListener("htmx:before:swap", () => {
    const lines = end();
    kept = lines && lines.scrollHeight - lines.scrollTop - lines.clientHeight > 60 ? lines.scrollTop : null;
  });
  document.addEventListener("htmx:after:swap", () => {
    const lines = end();
    if (lines && kept !== null) lines.scrollTop = kept; else toEnd();
    title();
  });
  const plain = document.title;
  const title = () => {
    const count = document.getElementById("pending")?.dataset.count;
    document.title = count && count !== "0" ? `(${count}) ${plain}` : plain;
  };
  toEnd();
  title();

  // The composer: drafts are kept for each conversation and kind; one submission is sent once, however often tried.
  const form = document.getElementById("composer");
  if (!form) return;
  const text = form.elements.text;
  const problem = document.getElementById("composer-problem");
  const kind = () => form.elements.kind.value;
  const place = () => `draft:${form.dataset.user}:${form.dataset.talk}:${kind()}`;
  const newKey = () => { form.elements.key.value = crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`; };
  const recall = () => { text.value = localStorage.getItem(place()) || ""; };
  const keep = () => { if (text.value) localStorage.setItem(place(), text.value); else localStorage.removeItem(place()); };
  newKey();
  recall();
  text.addEventListener("input", () => { keep(); problem.replaceChildren(); });
  for (const choice of form.querySelectorAll("input[name=kind]")) choice.addEventListener("change", () => { newKey(); recall(); text.focus(); });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
  });
  const say = (words) => {
    const line = document.createElement("p");
    line.className = "alert alert-danger";
    line.textContent = words;
    problem.replaceChildren(line);
  };
  let sending = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending || !text.value.trim()) return;
    sending = true;
    const from = place();
    try {
      const answer = await fetch(form.action, { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams(new FormData(form)) });
      if (answer.ok) {
        localStorage.removeItem(from);
        if (place() === from) text.value = "";
        newKey();
        problem.replaceChildren();
        look(talk);
      } else if (answer.status === 401) {
        location.href = answer.headers.get("HX-Redirect");
      } else {
        const told = new DOMParser().parseFromString(await answer.text(), "text/html");
        say(told.body.textContent.trim());
      }
    } catch {
      say(offline.textContent);
    } finally {
      sending = false;
    }
  });
})();
