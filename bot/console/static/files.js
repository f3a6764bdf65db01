// Photos and files with a reply: chosen, dropped or pasted; shown before they leave, sent one after the other.
"use strict";
(() => {
  const form = document.getElementById("composer");
  const input = document.getElementById("files");
  if (!form || !input) return;
  const list = document.getElementById("files-chosen");
  const pattern = document.getElementById("file-row");
  const limits = input.dataset;
  let chosen = []; // each with a key of its own: however often it is tried, it is sent once
  const out = (one) => {
    chosen = chosen.filter((other) => other !== one);
    one.row.remove();
    list.hidden = !chosen.length;
  };
  const picture = async (file, canvas) => {
    try {
      const whole = await createImageBitmap(file);
      const scale = Math.min(canvas.width / whole.width, canvas.height / whole.height);
      const [width, height] = [whole.width * scale, whole.height * scale];
      canvas.getContext("2d").drawImage(whole, (canvas.width - width) / 2, (canvas.height - height) / 2, width, height);
      canvas.hidden = false;
    } catch { /* no picture: its name says what it is */ }
  };
  const refused = (file) => {
    const photo = file.type.startsWith("image/");
    if (!photo && limits.onlyPhotos) return limits.onlyPhotos;
    if (file.size > Number(photo ? limits.photoMost : limits.fileMost)) return `${file.name}: ${limits.tooLarge}`;
    return chosen.length >= Number(limits.most) ? limits.tooMany : "";
  };
  const add = (files) => {
    const problems = new Set();
    for (const file of files) {
      const why = refused(file);
      if (why) { problems.add(why); continue; }
      const row = pattern.content.firstElementChild.cloneNode(true);
      const one = { file, key: form.freshKey(), row, leaving: false };
      row.querySelector("bdi").textContent = file.name;
      row.querySelector("button").addEventListener("click", () => { if (!one.leaving) { out(one); form.elements.text.focus(); } });
      if (file.type.startsWith("image/")) picture(file, row.querySelector("canvas"));
      chosen.push(one);
      list.append(row);
    }
    if (problems.size) form.say([...problems].join(" "));
    list.hidden = !chosen.length;
    form.elements.text.focus();
  };
  input.addEventListener("change", () => { add([...input.files]); input.value = ""; });
  form.elements.text.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) { event.preventDefault(); add([...event.clipboardData.files]); }
  });
  const carries = (event) => event.dataTransfer?.types.includes("Files") && !event.target.closest?.("input[type=file]");
  document.addEventListener("dragover", (event) => { if (carries(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => { if (carries(event)) { event.preventDefault(); add([...event.dataTransfer.files]); } });
  const sent = (one, values) => new Promise((done, failed) => {
    const body = new FormData();
    for (const [name, value] of values) body.append(name, value);
    body.append("file", one.file);
    const bar = one.row.querySelector("progress");
    const over = () => { bar.hidden = true; one.leaving = false; };
    const request = new XMLHttpRequest(); // fetch tells no progress
    request.open("POST", limits.to);
    request.setRequestHeader("HX-Request", "true");
    one.leaving = true;
    bar.hidden = false;
    bar.value = 0;
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) bar.value = 100 * event.loaded / event.total; });
    request.addEventListener("error", () => { over(); failed(new Error("offline")); });
    request.addEventListener("load", () => {
      over();
      const ok = request.status >= 200 && request.status < 300;
      const place = request.getResponseHeader("HX-Redirect");
      done(new Response(ok ? null : request.responseText, { status: request.status, headers: place ? { "HX-Redirect": place } : {} }));
    });
    request.send(body);
  });
  form.attached = () => chosen.length > 0;
  // The words go with the first; `said` hears of it, so that what fails later does not say them again.
  form.upload = async (values, said) => {
    const then = values.get("then"); // what happens besides, happens with the last
    while (chosen.length) {
      const one = chosen[0];
      if (then) values.set("then", chosen.length > 1 ? "" : then);
      values.set("key", one.key);
      const answer = await sent(one, values);
      if (!answer.ok) return answer;
      out(one);
      said();
      values.set("text", "");
      values.set("marks", "");
    }
    return new Response(null, { status: 204 });
  };
})();
