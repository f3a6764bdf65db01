// The list: what is read in a page nobody looks at stays unread; more rows come without leaving the page.
"use strict";
(() => {
  const list = document.getElementById("list");
  if (!list || !window.desk) return;
  document.addEventListener("htmx:config:request", (event) => {
    const headers = event.detail.ctx?.request?.headers;
    if (headers) headers["X-Visible"] = document.visibilityState === "visible" ? "yes" : "no";
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") { desk.look(desk.talk); desk.look(list); }
  });
})();
