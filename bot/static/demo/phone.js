// A phone with one chat on it. A platform gives it messages and says what each act does.
// Message: {key, mine, text, at, photo, place, system, rows: [[{title, act}]]}.

import { button, icon, make } from "./bubble.js";
import { currentLanguage, facts, onLanguage, serviceName, spokenLanguage, t, timeOf } from "./words.js";

export class Phone {
  // `acts`: say(text), photo(file), location(), contact(), all promises.
  constructor(kind, acts) {
    this.kind = kind;
    this.acts = acts;
    this.root = document.getElementById(kind);
    this.screen = this.find(".screen");
    this.list = this.find(".said-so-far");
    this.drawn = new Map();
    this.stuck = true;
    this.screen.addEventListener("scroll", () => {
      this.stuck = this.screen.scrollHeight - this.screen.scrollTop - this.screen.clientHeight < 120;
    }, { passive: true });
    // A keyboard or a menu that opens below must not cover what was said last.
    new ResizeObserver(() => this.toEnd()).observe(this.screen);
    this.listen();
    onLanguage(() => this.name());
  }

  find(selector) {
    return this.root.querySelector(selector);
  }

  name() {
    this.find(".peer").textContent = t(`${this.kind}_peer`, { name: serviceName() });
    this.status();
  }

  status(words = "") {
    this.find(".status").textContent = words || (this.kind === "telegram" ? t("bot") : "");
  }

  listen() {
    const box = this.find("input[type=text]");
    const files = this.find("input[type=file]");
    this.find("form").addEventListener("submit", (event) => {
      event.preventDefault();
      const text = box.value.trim();
      box.value = "";
      if (text) this.try(() => this.acts.say(text));
    });
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.isComposing || event.keyCode === 229)) event.preventDefault();
    });
    files.addEventListener("change", () => {
      for (const file of files.files) this.try(() => this.acts.photo(file));
      files.value = "";
    });
    this.find(".attach").addEventListener("click", () => this.sheet(this.find(".sheet").hidden));
    for (const one of this.root.querySelectorAll("[data-act]")) {
      one.addEventListener("click", () => {
        this.sheet(false);
        if (one.dataset.act === "photo") files.click();
        else this.try(this.acts[one.dataset.act]);
      });
    }
  }

  sheet(open) {
    this.find(".sheet").hidden = !open;
    this.find(".attach").setAttribute("aria-expanded", String(open));
  }

  async try(act) {
    try {
      await act();
    } catch {
      complain(t("failed"));
    }
  }

  show(messages) {
    const elements = messages.map((message) => this.element(message));
    const keep = new Set(elements);
    for (const child of [...this.list.children]) if (!keep.has(child)) child.remove();
    elements.forEach((element, index) => {
      if (this.list.children[index] !== element) this.list.insertBefore(element, this.list.children[index] || null);
    });
    this.toEnd();
  }

  toEnd() {
    if (this.stuck) this.screen.scrollTop = this.screen.scrollHeight;
  }

  // Drawn again only when it has changed, so that focus and screen readers stay where they are.
  element(message) {
    const looks = JSON.stringify([message, currentLanguage()]);
    const known = this.drawn.get(message.key);
    if (known?.looks === looks) return known.element;
    const element = this.draw(message);
    this.drawn.set(message.key, { looks, element });
    return element;
  }

  draw(message) {
    const line = make("li", `said ${message.system ? "system" : message.mine ? "mine" : "theirs"}`);
    if (message.system) {
      line.append(make("span", "", message.text));
      return line;
    }
    const column = make("div", "column");
    const speech = this.speech(message);
    column.append(speech);
    const rows = this.rows(message);
    if (rows && this.kind === "wechat") speech.append(rows);
    else if (rows) column.append(rows);
    line.append(this.face(message), column);
    return line;
  }

  face(message) {
    const face = make(message.mine ? "span" : "img", "face");
    if (message.mine) face.textContent = currentLanguage() === "zh" ? "我" : "Me";
    else Object.assign(face, { src: "/demo/static/logo.svg", alt: "" });
    face.setAttribute("aria-hidden", "true");
    return face;
  }

  speech(message) {
    const speech = make("div", `speech${message.photo && !message.text ? " bare" : ""}`);
    if (message.photo) {
      const image = make("img");
      image.src = message.photo;
      image.alt = t("picture");
      image.addEventListener("load", () => this.toEnd());
      speech.append(image);
    }
    if (message.place) speech.append(icon("place"), ` ${message.place}`);
    if (message.text) {
      const words = make("span", "", message.text);
      words.lang = spokenLanguage(message.text);
      speech.append(words);
    }
    if (message.at) speech.append(make("time", "", timeOf(new Date(message.at))));
    return speech;
  }

  rows(message) {
    if (!message.rows?.length) return null;
    const group = make("div", "inline");
    group.setAttribute("role", "group");
    group.setAttribute("aria-label", t("choices"));
    for (const row of message.rows) group.append(this.row(row));
    return group;
  }

  row(buttons) {
    const line = make("div");
    line.append(...buttons.map(({ title, act }) => button("", title, () => this.try(act))));
    return line;
  }

  // The keys below the input, or none.
  keys(rows) {
    const keys = this.find(".keys");
    keys.hidden = !rows?.length;
    keys.replaceChildren(...(rows || []).map((row) => this.row(row)));
  }
}

let toastTimer;
export function complain(words) {
  const toast = document.getElementById("toast");
  clearTimeout(toastTimer);
  toast.textContent = words;
  toast.hidden = false;
  toastTimer = setTimeout(() => { toast.hidden = true; }, 5000);
}

export async function call(path, body, type = "application/json") {
  const options = body === undefined ? {} : { method: "POST", body, headers: { "Content-Type": type } };
  const response = await fetch(path, options);
  if (!response.ok) throw new Error(String(response.status));
  return response.json();
}

export const customerId = (key, made) => {
  let id = localStorage.getItem(key);
  if (!id) localStorage.setItem(key, (id = made()));
  return id;
};

// Calls `look` at once, after each event and after each reconnection, never twice at a time.
export function follow(path, events, look) {
  let looking = null;
  let again = false;
  const once = async () => {
    if (looking) return void (again = true);
    looking = look().catch(() => {});
    await looking;
    looking = null;
    if (again) {
      again = false;
      once();
    }
  };
  const source = new EventSource(path);
  source.onopen = once;
  for (const event of events) source.addEventListener(event, once);
  once();
  return { source, look: once };
}

export { facts };
