// The composer: drafts are kept for each conversation and kind; one submission is sent once, however often tried.
"use strict";
(() => {
  const { look, talk, offline, composing } = window.desk;
  const form = document.getElementById("composer");
  if (!form) return;
  const text = form.elements.text;
  const problem = document.getElementById("composer-problem");
  const kind = () => form.elements.kind.value;
  const place = () => `draft:${form.dataset.user}:${form.dataset.talk}:${kind()}`;
  const freshKey = () => crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random()}`;
  const newKey = () => { form.elements.key.value = freshKey(); };
  const marks = form.elements.marks; // articles whose words are in the draft
  const drawn = () => form.dispatchEvent(new Event("draft")); // for who counts what is written
  const drafts = window.deskDrafts(form);
  const recall = () => { drafts.reconcile(place(), kind()); text.value = sessionStorage.getItem(place()) ?? localStorage.getItem(place()) ?? ""; marks.value = text.value ? localStorage.getItem(`${place()}:marks`) || "" : ""; drawn(); };
  const apart = (where) => sessionStorage.getItem(where) !== null; // another tab writes something else
  // Kept beside the shared one too, under this tab's own name: another tab offers it when this one is gone.
  const tab = sessionStorage.getItem("tab") ?? freshKey();
  sessionStorage.setItem("tab", tab);
  const setApart = (where, words) => {
    sessionStorage.setItem(where, words);
    localStorage.setItem(`${where}:apart:${tab}`, words);
  };
  const forget = (where) => {
    if (apart(where)) {
      sessionStorage.removeItem(where);
      localStorage.removeItem(`${where}:apart:${tab}`);
      return;
    }
    for (const one of [where, `${where}:marks`]) localStorage.removeItem(one);
  };
  const keep = () => {
    drawn();
    if (!text.value) marks.value = "";
    if (!apart(place())) drafts.keep(place(), kind(), text.value, marks.value);
    if (!text.value) { forget(place()); return; }
    try {
      if (apart(place())) setApart(place(), text.value);
      else localStorage.setItem(place(), text.value);
    } catch { say(text.dataset.notKept); return; }
    if (marks.value) localStorage.setItem(`${place()}:marks`, marks.value);
  };
  newKey();
  recall();
  // Other tabs with this conversation show the same draft. Where they were written in both, each keeps its own.
  addEventListener("storage", ({ key, oldValue, newValue }) => {
    if (key === `${place()}:marks`) marks.value = newValue || "";
    if (key !== place() || text.value === (newValue ?? "")) return;
    if (!text.value || text.value === (oldValue ?? "")) { text.value = newValue ?? ""; drawn(); }
    else setApart(key, text.value);
  });
  // For the scripts that put words into it: canned replies, articles, replies taken back.
  form.put = (words, mark) => {
    text.value = words;
    if (mark && !marks.value.split(" ").includes(mark)) marks.value = `${marks.value} ${mark}`.trim();
    keep();
    text.focus();
  };
  text.addEventListener("input", () => { anyway = false; problem.replaceChildren(); keep(); tooLong(); });
  for (const choice of form.querySelectorAll("input[name=kind]")) choice.addEventListener("change", () => { newKey(); recall(); text.focus(); });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.shiftKey && (event.ctrlKey || event.metaKey) && !composing(event)) {
      event.preventDefault();
      form.openThen();
      return;
    }
    if (event.key !== "Enter" || event.shiftKey || event.altKey || composing(event) || event.defaultPrevented) return;
    const alone = "enter" in form.dataset && document.getElementById("replies").hidden; // there it chooses
    if (event.ctrlKey || event.metaKey || alone) { event.preventDefault(); form.requestSubmit(); }
  });
  const say = (words, look = "danger") => {
    const line = document.createElement("p");
    line.className = `alert alert-${look}`;
    line.textContent = words;
    problem.replaceChildren(line);
  };
  form.say = say;
  form.tell = (words) => say(words, "info");
  form.freshKey = freshKey;
  form.apartElsewhere = () => Object.keys(localStorage).filter((key) => key.startsWith(`${place()}:apart:`) && !key.endsWith(tab));
  const tooLong = () => {
    const long = text.value.length > text.dataset.longest && [...text.value].length > text.dataset.longest;
    if (long) say(text.dataset.tooLong);
    return long;
  };
  // Words that are flagged: the agent looks once more, and may say so where the list lets them.
  const ask = (body, submitter) => {
    const box = document.createElement("div");
    box.className = "alert alert-warning";
    box.append(...body.childNodes);
    problem.replaceChildren(box);
    const button = document.getElementById("anyway");
    button?.addEventListener("click", () => { anyway = true; form.requestSubmit(submitter); });
    button?.focus();
  };
  const filled = (submitter) => { // the button says what happens besides; the page, up to where it was read
    const values = new URLSearchParams(new FormData(form, submitter));
    values.set("stamp", apart(place()) ? "" : drafts.stamped(place(), kind()));
    values.set("seen", document.getElementById("lines")?.dataset.seen || "");
    if (anyway) values.set("anyway", "1");
    return values;
  };
  let sending = false;
  let anyway = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sending || !(text.value.trim() || form.attached?.()) || tooLong()) return;
    sending = true;
    form.closeThen();
    const from = place();
    const words = text.value;
    let told = false;
    const said = () => { // what was written on meanwhile stays
      if (told) return;
      told = true;
      if (!apart(from)) drafts.gone(from); // the desk put it away with the reply
      if (place() !== from) { forget(from); return; }
      if (text.value.startsWith(words)) text.value = text.value.slice(words.length).trimStart();
      if (text.value) { keep(); return; }
      marks.value = "";
      forget(from);
      drawn();
    };
    try {
      const send = form.attached?.() ? form.upload : (body) => fetch(form.action, { method: "POST", headers: { "HX-Request": "true" }, body });
      const answer = await send(filled(event.submitter), said);
      anyway = false;
      if (answer.ok) {
        said();
        newKey();
        problem.replaceChildren();
        look(talk);
      } else if (answer.status === 401) {
        location.href = answer.headers.get("HX-Redirect");
      } else {
        const told = new DOMParser().parseFromString(await answer.text(), "text/html");
        const flagged = told.getElementById("anyway") || told.querySelector("ul");
        if (flagged) ask(told.body, event.submitter); else say(told.body.textContent.trim());
      }
    } catch {
      say(offline.textContent);
    } finally {
      sending = false;
    }
  });
})();
