// The list: what is read in a page nobody looks at stays unread; more rows come without leaving the page.
"use strict";
(() => {
  const list = document.getElementById("list");
  if (!list || !window.desk) return;
  document.addEventListener("htmx:config:request", (event) => {
    const headers = event.detail.ctx?.request?.headers;
    if (headers) headers["X-Visible"] = document.visibilityState === "visible" ? "yes" : "no";
  });
  // What is picked stays picked when the list is fetched again, with the last message that was to be seen then.
  const picked = new Map();
  const count = document.getElementById("picked");
  list.addEventListener("change", (event) => {
    if (!event.target.matches(".pick")) return;
    if (event.target.checked) picked.set(event.target.name, event.target.value); else picked.delete(event.target.name);
    count.textContent = picked.size || "";
    if (picked.size) document.getElementById("bulk-box").open = true;
  });
  document.addEventListener("htmx:after:swap", () => {
    for (const box of list.querySelectorAll(".pick")) {
      box.checked = picked.has(box.name);
      if (box.checked) box.value = picked.get(box.name);
    }
  });
  setInterval(() => { if (list.querySelector(".writes")) desk.look(list); }, 5000); // that somebody types ends by itself
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") { desk.look(desk.talk); desk.look(list); }
  });
})();
