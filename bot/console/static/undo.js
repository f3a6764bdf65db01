// Replies that have not left: seconds count down; taken back, the words are in the composer again.
"use strict";
(() => {
  const { look, talk } = window.desk;
  const form = document.getElementById("composer");
  if (!form || !talk) return;
  const count = () => {
    for (const one of talk.querySelectorAll("[data-until]")) {
      const left = Math.ceil((Date.parse(one.dataset.until) - Date.now()) / 1000);
      one.textContent = left > 0 ? `${left} s` : "";
      if (left < 0) { one.removeAttribute("data-until"); look(talk); }
    }
  };
  setInterval(count, 500);
  document.addEventListener("htmx:after:swap", count);
  count();
  talk.addEventListener("submit", async (event) => {
    const back = event.target.closest("form.take-back");
    if (!back) return;
    event.preventDefault();
    try {
      const answer = await fetch(back.action, { method: "POST", headers: { "HX-Request": "true" }, body: new URLSearchParams(new FormData(back)) });
      if (answer.ok) {
        const { text, told } = await answer.json();
        form.querySelector("input[value=reply]").click(); // it was one
        const now = form.elements.text.value;
        form.put(now ? `${text}\n${now}` : text);
        if (told) form.tell(told);
      } else {
        back.replaceChildren(new DOMParser().parseFromString(await answer.text(), "text/html").body.textContent.trim());
      }
    } finally {
      look(talk);
    }
  });
})();
