// Drafts are kept on the desk too: another device finds them, lists show them. Each change has a stamp that grows, so
// that of two which overtake each other the later one counts, and one that was sent does not come back.
"use strict";
window.deskDrafts = (form) => {
  const SOON = 500;
  const longest = 4 * form.elements.text.dataset.longest;
  const known = JSON.parse(form.dataset.kept);
  const at = (place) => localStorage.getItem(`${place}:stamp`) ?? ""; // "123", or "123 saved" once the desk has it
  const number = (place) => Number(at(place).split(" ")[0]);
  let last = 0;
  const stamped = (place, kind) => {
    const stamp = last = Math.max(Date.now(), last + 1, number(place) + 1, (known[kind]?.stamp ?? 0) + 1);
    try { localStorage.setItem(`${place}:stamp`, stamp); } catch { /* the next page finds the desk's */ }
    return stamp;
  };
  let timer = 0;
  let due = null;
  const leave = () => {
    clearTimeout(timer);
    if (!due) return;
    const { place, ...values } = due;
    due = null;
    const body = new URLSearchParams({ csrf: form.elements.csrf.value, ...values });
    fetch(form.dataset.draft, { method: "POST", headers: { "HX-Request": "true" }, body, keepalive: body.toString().length < 60000 })
      .then((answer) => {
        if (!answer.ok || at(place) !== String(values.stamp)) return;
        if (values.text) localStorage.setItem(`${place}:stamp`, `${values.stamp} saved`);
        else localStorage.removeItem(`${place}:stamp`);
      }).catch(() => {}); // the browser has it; the next change tries again
  };
  addEventListener("pagehide", leave);
  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leave(); });
  return {
    stamped,
    // What is written now; it leaves for the desk in a moment.
    keep(place, kind, text, marks) {
      if (due && due.place !== place) leave();
      const stamp = stamped(place, kind);
      if (text.length > longest) return;
      due = { place, kind, text, marks, stamp };
      clearTimeout(timer);
      timer = setTimeout(leave, SOON);
    },
    // It was sent, or given up here: nothing of it is on its way any more.
    gone(place) {
      if (due?.place === place) due = null;
      localStorage.removeItem(`${place}:stamp`);
    },
    // Before it is shown: what another device wrote later stands in its place, and what the desk never had is offered.
    reconcile(place, kind) {
      const theirs = known[kind];
      const mine = localStorage.getItem(place) ?? "";
      if (!theirs || theirs.stamp <= number(place) || (mine && !at(place))) return;
      if (mine && !at(place).endsWith("saved") && !theirs.text.includes(mine)) localStorage.setItem(`${place}:apart:${number(place)}`, mine);
      for (const [name, value] of [[place, theirs.text], [`${place}:marks`, theirs.marks], [`${place}:stamp`, theirs.text && `${theirs.stamp} saved`]]) {
        if (value) localStorage.setItem(name, value); else localStorage.removeItem(name);
      }
    },
  };
};
