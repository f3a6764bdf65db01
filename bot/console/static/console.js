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

  // Live: what changed elsewhere is fetched again at once, the conversation at most five times a second, other parts
  // once. A part in which something is open that it names (data-keep), or that is pressed just now, is left alone:
  // also when the answer was under way before.
  const list = document.getElementById("list");
  const talk = document.getElementById("talk");
  const waiting = new Set();
  const fetched = new Map();
  const took = new Map();
  let pressed = null;
  document.addEventListener("pointerdown", (event) => { pressed = event.target; }, true);
  for (const over of ["pointerup", "pointercancel"]) {
    document.addEventListener(over, () => setTimeout(() => { pressed = null; }, 100), true);
  }
  // Other parts than the conversation are fetched one by one, and less often from a busy desk: browsers hold few
  // connections to one place, and what somebody does must not wait for them.
  const line = [];
  let fetching = null;
  const beside = (part) => {
    if (!line.includes(part)) line.push(part);
    if (!fetching || performance.now() - fetched.get(fetching) > 10000) next();
  };
  const next = () => {
    fetching = line.shift() ?? null;
    if (!fetching) return;
    fetched.set(fetching, performance.now());
    htmx.trigger(fetching, "refresh");
  };
  document.addEventListener("htmx:finally:request", (event) => {
    if (!fetching || event.detail.ctx.sourceElement !== fetching) return;
    took.set(fetching, performance.now() - fetched.get(fetching));
    next();
  });
  const held = (part) => part.contains(pressed) || (part.dataset.keep && part.querySelector(part.dataset.keep) !== null);
  const refresh = (part) => {
    waiting.delete(part);
    fetched.set(part, performance.now());
    if (held(part)) look(part);
    else if (part === talk) htmx.trigger(part, "refresh");
    else beside(part);
  };
  const look = (part) => {
    if (!part || waiting.has(part)) return;
    waiting.add(part);
    const every = part === talk ? 200 : Math.max(Number(part.dataset.every) || 1000, Math.min(4 * (took.get(part) ?? 0), 5000));
    const next = (fetched.get(part) ?? -Infinity) + every;
    setTimeout(refresh, Math.max(0, next - performance.now()), part);
  };
  document.addEventListener("htmx:before:swap", (event) => {
    const part = event.detail.ctx.sourceElement;
    if (fetched.has(part) && held(part)) { event.preventDefault(); look(part); }
  });
  const offline = document.getElementById("offline");
  document.addEventListener("changes", (event) => {
    for (const one of event.detail.data.split(",")) {
      document.dispatchEvent(new CustomEvent("changed", { detail: { data: one } }));
    }
  });
  document.addEventListener("changed", (event) => {
    look(list);
    if (talk && event.detail.data === talk.dataset.talk) look(talk);
  });
  document.addEventListener("resync", () => { if (offline) offline.hidden = true; look(list); look(talk); });
  document.addEventListener("signed-out", () => location.reload());
  document.addEventListener("htmx:sse:error", () => { if (offline) offline.hidden = false; });
  setInterval(() => { look(list); }, 30000); // waiting times grow by themselves

  const plain = document.title;
  const title = () => {
    const count = document.getElementById("pending")?.dataset.count;
    document.title = count && count !== "0" ? `(${count}) ${plain}` : plain;
  };
  document.addEventListener("htmx:after:swap", title);
  title();
  const composing = (event) => event.isComposing || event.keyCode === 229; // the key belongs to an input method
  window.desk = { look, talk, offline, composing }; // for the scripts of parts of a page
})();
