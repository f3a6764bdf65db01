// Alerts: what calls and was not told yet sounds, and is a notification where nobody looks; what is done is taken away.
"use strict";
(() => {
  const box = document.getElementById("alerts");
  const allow = document.getElementById("alerts-allow");
  if (!box || !window.desk) return;
  const place = `told:${box.dataset.user}`;
  const told = () => { try { return JSON.parse(localStorage.getItem(place)) || []; } catch { return []; } };
  const seen = () => document.visibilityState === "visible" && document.hasFocus();
  const shown = new Map();

  // Browsers let nothing sound before the first click or key; then what waited for that is heard.
  let audio = null;
  let silent = false;
  const tone = () => {
    if (!("sound" in box.dataset)) return;
    audio ||= new AudioContext();
    if (audio.state !== "running") { silent = true; return; }
    silent = false;
    [[0, 660], [0.16, 880]].forEach(([after, pitch]) => {
      const from = audio.currentTime + after;
      const voice = audio.createOscillator();
      const loud = audio.createGain();
      voice.frequency.value = pitch;
      loud.gain.setValueAtTime(0.15, from);
      loud.gain.exponentialRampToValueAtTime(0.001, from + 0.3);
      voice.connect(loud).connect(audio.destination);
      voice.start(from);
      voice.stop(from + 0.3);
    });
  };
  const unlock = async () => {
    if (audio?.state === "running" && !silent) return;
    audio ||= new AudioContext();
    await audio.resume();
    if (silent) tone();
  };
  if ("sound" in box.dataset) for (const first of ["pointerdown", "keydown"]) document.addEventListener(first, unlock);

  const tell = (one) => {
    if (!("desktop" in box.dataset) || seen() || !("Notification" in window) || Notification.permission !== "granted") return;
    try {
      const news = new Notification(one.textContent, { tag: one.dataset.key });
      news.addEventListener("click", () => { focus(); location.assign(one.dataset.href); });
      shown.set(one.dataset.key, news);
    } catch { /* Chrome on telephones has none for pages */ }
  };
  const compare = () => {
    const all = [...box.querySelectorAll("li")];
    const keys = all.map((one) => one.dataset.key);
    for (const [key, news] of shown) if (!keys.includes(key)) { news.close(); shown.delete(key); }
    const before = told();
    const open = window.desk.talk?.dataset.talk;
    const fresh = all.filter((one) => !before.includes(one.dataset.key));
    localStorage.setItem(place, JSON.stringify(keys));
    const calls = fresh.filter((one) => !(seen() && one.dataset.talk === open));
    calls.forEach(tell);
    if (calls.length) tone();
  };
  const ask = () => window.desk.look(box);
  box.addEventListener("htmx:after:swap", compare);
  for (const change of ["changed", "resync"]) document.addEventListener(change, ask);
  setInterval(ask, 30000); // promises come near by themselves
  addEventListener("pagehide", () => { for (const news of shown.values()) news.close(); });

  const may = () => { allow.hidden = !("desktop" in box.dataset && "Notification" in window && Notification.permission === "default"); };
  allow.addEventListener("click", async () => { await Notification.requestPermission(); may(); });
  may();
})();
