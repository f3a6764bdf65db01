// A photo with a reply: chosen or pasted, shown by its name, sent with its progress.
"use strict";
(() => {
  const form = document.getElementById("composer");
  const chosen = document.getElementById("photo-chosen");
  const input = document.getElementById("photo");
  if (!form || !input) return;
  const bar = chosen.querySelector("progress");
  let photo = null;
  const choose = (file) => {
    if (file && file.size > input.dataset.most) { form.say(input.dataset.tooLarge); file = null; }
    photo = file;
    chosen.hidden = !file;
    bar.hidden = true;
    chosen.querySelector("bdi").textContent = file ? file.name : "";
    if (!file) input.value = "";
    form.elements.text.focus();
  };
  input.addEventListener("change", () => choose(input.files[0] || null));
  chosen.querySelector("button").addEventListener("click", () => choose(null));
  form.elements.text.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
    if (file) { event.preventDefault(); choose(file); }
  });
  form.attached = () => photo;
  form.upload = (values) => new Promise((done, failed) => {
    const body = new FormData();
    for (const [name, value] of values) body.append(name, value);
    body.append("photo", photo);
    const request = new XMLHttpRequest(); // fetch tells no progress
    request.open("POST", input.dataset.to);
    request.setRequestHeader("HX-Request", "true");
    bar.hidden = false;
    bar.value = 0;
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = 100 * event.loaded / event.total; });
    request.addEventListener("error", () => { bar.hidden = true; failed(new Error("offline")); });
    request.addEventListener("load", () => {
      bar.hidden = true;
      const ok = request.status >= 200 && request.status < 300;
      if (ok) choose(null);
      const place = request.getResponseHeader("HX-Redirect");
      done(new Response(ok ? null : request.responseText, { status: request.status, headers: place ? { "HX-Redirect": place } : {} }));
    });
    request.send(body);
  });
})();
