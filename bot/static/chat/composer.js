// Where the visitor writes: Enter sends (never while an input method composes), files wait for the send button.

import { button, icon, make } from "./bubble.js";
import { Recorder } from "./recorder.js";
import { facts, onLanguage, t } from "./words.js";

const MAX_FILES = 9;
const DRAFT = "chat.draft";
const byId = (id) => document.getElementById(id);

// By what the browser says of it; the desk looks at the bytes.
function kindOf(file) {
  if (file.type === "image/svg+xml") return "";
  if (file.type.startsWith("image/") || /\.hei[cf]$/i.test(file.name)) return "photo";
  if (file.type.startsWith("video/")) return "video";
  if (file.type.startsWith("audio/") || /\.amr$/i.test(file.name)) return "voice";
  return /\.(pdf|docx|xlsx)$/i.test(file.name) ? "document" : "";
}

export class Composer {
  // `say(text)`, `show(file, preview, kind)`, `command(name)`, `locate()`, `complain(words)`, `writes()`.
  constructor(acts) {
    this.acts = acts;
    this.box = byId("box");
    this.send = byId("send");
    this.menu = byId("menu");
    this.more = byId("more");
    this.inputs = { photo: byId("files"), file: byId("papers"), voice: byId("voices") };
    this.ready = byId("ready");
    this.chosen = [];
    this.recorder = new Recorder({
      done: (file) => this.acts.show(file, URL.createObjectURL(file), "voice"),
      refused: () => {
        this.acts.complain(t("record_refused"));
        this.inputs.voice.click();
      },
    });
    this.box.value = sessionStorage.getItem(DRAFT) || "";
    this.listen();
    this.fit();
    onLanguage(() => this.draw());
  }

  listen() {
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.box.addEventListener("input", () => {
      this.fit();
      if (this.box.value.trim()) this.acts.writes();
    });
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("focus", () => this.openMenu(false));
    this.box.addEventListener("paste", (event) => this.take(event, event.clipboardData));
    this.more.addEventListener("click", () => this.openMenu(this.menu.hidden));
    for (const input of Object.values(this.inputs)) {
      input.addEventListener("change", () => {
        this.add([...input.files]);
        input.value = "";
      });
    }
    for (const one of this.menu.querySelectorAll("button")) one.addEventListener("click", () => this.pick(one.dataset));
    const app = byId("app");
    app.addEventListener("dragover", (event) => {
      event.preventDefault();
      app.classList.add("dropping");
    });
    app.addEventListener("dragleave", () => app.classList.remove("dropping"));
    app.addEventListener("drop", (event) => {
      event.preventDefault();
      app.classList.remove("dropping");
      this.take(event, event.dataTransfer);
    });
  }

  key(event) {
    if (event.key === "Escape") return this.openMenu(false);
    // 229 is what Safari reports for the Enter that ends a composition.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.submit();
  }

  submit() {
    const text = this.box.value.trim();
    if (!text && !this.chosen.length) return;
    for (const one of this.chosen.splice(0)) this.acts.show(one.file, one.preview, one.kind);
    this.draw();
    if (text) this.acts.say(text);
    this.box.value = "";
    this.fit();
    this.openMenu(false);
    this.box.focus();
  }

  pick({ act, command }) {
    this.openMenu(false);
    if (act === "voice") this.recorder.start();
    else if (act in this.inputs) this.inputs[act].click();
    else if (act === "location") this.acts.locate();
    else this.acts.command(command);
  }

  openMenu(open) {
    this.menu.hidden = !open;
    this.more.setAttribute("aria-expanded", String(open));
    if (open) this.menu.querySelector("button").focus();
  }

  fit() {
    this.box.style.height = "auto";
    this.box.style.height = `${Math.min(Math.max(this.box.scrollHeight + 2, 44), 148)}px`;
    this.send.disabled = !this.box.value.trim() && !this.chosen.length;
    try {
      sessionStorage.setItem(DRAFT, this.box.value);
    } catch { /* without storage a reload forgets the draft */ }
  }

  take(event, data) {
    const files = [...(data?.files || [])];
    if (!files.length) return;
    event.preventDefault();
    this.add(files);
  }

  add(files) {
    for (const file of files) {
      const problem = this.refusal(file);
      if (problem) this.acts.complain(problem);
      else this.chosen.push({ file, kind: kindOf(file), preview: URL.createObjectURL(file) });
    }
    this.draw();
    this.send.focus();
  }

  refusal(file) {
    if (!kindOf(file)) return t("not_taken");
    if (file.size > facts.maxUploadBytes) return t("file_too_large", { mb: Math.floor(facts.maxUploadBytes / 1048576) });
    if (this.chosen.length >= MAX_FILES) return t("too_many_files", { n: MAX_FILES });
    return "";
  }

  draw() {
    this.ready.hidden = !this.chosen.length;
    this.ready.replaceChildren(...this.chosen.map((one) => this.preview(one)));
    this.fit();
  }

  preview(one) {
    const item = make("li");
    const named = make("span", "unshown", one.file.name);
    const image = make("img");
    if (one.kind === "photo") image.src = one.preview;
    image.alt = one.file.name;
    image.addEventListener("error", () => image.replaceWith(named));
    const remove = button("", "", () => {
      this.chosen.splice(this.chosen.indexOf(one), 1);
      URL.revokeObjectURL(one.preview);
      this.draw();
    });
    remove.setAttribute("aria-label", t("remove_file"));
    remove.append(icon("close"));
    item.append(one.kind === "photo" ? image : named, remove);
    return item;
  }
}
