// Where the visitor writes: Enter sends (never while an input method composes), photos wait for the send button.

import { button, icon, make } from "./bubble.js";
import { facts, onLanguage, t } from "./words.js";

const MAX_PHOTOS = 9;
const DRAFT = "chat.draft";
const byId = (id) => document.getElementById(id);

export class Composer {
  // `say(text)`, `show(file)` a photo, `command(name)`, `locate()`, `complain(words)`.
  constructor(acts) {
    this.acts = acts;
    this.box = byId("box");
    this.send = byId("send");
    this.menu = byId("menu");
    this.more = byId("more");
    this.files = byId("files");
    this.ready = byId("ready");
    this.photos = [];
    this.box.value = sessionStorage.getItem(DRAFT) || "";
    this.listen();
    this.fit();
    onLanguage(() => this.drawPhotos());
  }

  listen() {
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.box.addEventListener("input", () => this.fit());
    this.box.addEventListener("keydown", (event) => this.key(event));
    this.box.addEventListener("focus", () => this.openMenu(false));
    this.box.addEventListener("paste", (event) => this.take(event, event.clipboardData));
    this.more.addEventListener("click", () => this.openMenu(this.menu.hidden));
    this.files.addEventListener("change", () => {
      this.addPhotos([...this.files.files]);
      this.files.value = "";
    });
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
    if (!text && !this.photos.length) return;
    for (const photo of this.photos.splice(0)) this.acts.show(photo.file, photo.preview);
    this.drawPhotos();
    if (text) this.acts.say(text);
    this.box.value = "";
    this.fit();
    this.openMenu(false);
    this.box.focus();
  }

  pick({ act, command }) {
    this.openMenu(false);
    if (act === "photo") this.files.click();
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
    this.send.disabled = !this.box.value.trim() && !this.photos.length;
    try {
      sessionStorage.setItem(DRAFT, this.box.value);
    } catch { /* without storage a reload forgets the draft */ }
  }

  take(event, data) {
    const files = [...(data?.files || [])];
    if (!files.length) return;
    event.preventDefault();
    this.addPhotos(files);
  }

  addPhotos(files) {
    for (const file of files) {
      const problem = this.refusal(file);
      if (problem) this.acts.complain(problem);
      else this.photos.push({ file, preview: URL.createObjectURL(file) });
    }
    this.drawPhotos();
    this.send.focus();
  }

  refusal(file) {
    if (!file.type.startsWith("image/") && !/\.hei[cf]$/i.test(file.name)) return t("not_a_photo");
    if (file.type === "image/svg+xml") return t("not_a_photo");
    if (file.size > facts.maxUploadBytes) return t("photo_too_large", { mb: Math.floor(facts.maxUploadBytes / 1048576) });
    if (this.photos.length >= MAX_PHOTOS) return t("too_many_photos", { n: MAX_PHOTOS });
    return "";
  }

  drawPhotos() {
    this.ready.hidden = !this.photos.length;
    this.ready.replaceChildren(...this.photos.map((photo) => this.preview(photo)));
    this.fit();
  }

  preview(photo) {
    const item = make("li");
    const image = make("img");
    image.src = photo.preview;
    image.alt = photo.file.name;
    image.addEventListener("error", () => image.replaceWith(make("span", "unshown", photo.file.name)));
    const remove = button("", "", () => {
      this.photos.splice(this.photos.indexOf(photo), 1);
      URL.revokeObjectURL(photo.preview);
      this.drawPhotos();
    });
    remove.setAttribute("aria-label", t("remove_photo"));
    remove.append(icon("close"));
    item.append(image, remove);
    return item;
  }
}
