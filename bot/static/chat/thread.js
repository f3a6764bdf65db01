// The conversation on screen: messages in order, grouped, with days between, scrolled sensibly.

import { make, row, stamp } from "./bubble.js";
import { dayKey, dayOf, t } from "./words.js";

const GROUP_MS = 3 * 60 * 1000;
const NEAR = 90;

export class Thread {
  constructor({ scroller, list, pill, pillWords, acts, welcome }) {
    Object.assign(this, { scroller, list, pill, pillWords, acts, welcome });
    this.messages = [];
    this.elements = new Map();
    this.unread = 0;
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.pill.addEventListener("click", () => this.toEnd(true));
    new ResizeObserver(() => this.stuck && this.toEnd()).observe(scroller);
    this.stuck = true;
  }

  get last() {
    return this.messages.reduce((seq, message) => Math.max(seq, message.seq || 0), 0);
  }

  get first() {
    return this.messages.find((message) => message.seq)?.seq || 0;
  }

  has(seq) {
    return this.messages.some((message) => message.seq === seq);
  }

  // Put messages in; one with the id of a shown one takes its place.
  put(added, { fresh = true } = {}) {
    for (const message of added) this.putOne(message, fresh);
    this.messages.sort((a, b) => (a.seq || Infinity) - (b.seq || Infinity) || 0);
    this.arrange();
    if (this.stuck) this.toEnd();
  }

  putOne(message, fresh) {
    if (message.seq && this.has(message.seq)) return;
    const shown = message.id && this.messages.find((one) => one.id === message.id);
    if (shown) {
      this.elements.get(shown.key)?.remove();
      this.elements.delete(shown.key);
      this.messages.splice(this.messages.indexOf(shown), 1);
      // What is on the visitor's screen already need not be fetched again.
      if (shown.preview && message.files?.length === 1) message.files = [{ ...message.files[0], url: shown.preview }];
    }
    message.key = message.seq ? `s${message.seq}` : message.id;
    this.messages.push(message);
    this.add(message, fresh && !shown);
    if (fresh && !shown && message.author !== "you" && !this.stuck) this.unread += 1;
  }

  add(message, fresh) {
    const element = row(message, this.acts);
    if (fresh) element.classList.add("fresh");
    this.elements.set(message.key, element);
  }

  update(message) {
    const element = this.elements.get(message.key);
    if (element) stamp(element, message, this.acts);
  }

  // Everything again, after the language has changed.
  redraw() {
    for (const message of this.messages) this.add(message, false);
    this.arrange();
    if (this.stuck) this.toEnd();
  }

  arrange() {
    const wanted = this.messages.length ? [] : [this.welcome()];
    const lastOwn = this.messages.findLastIndex((message) => message.author === "you");
    let day = "";
    this.messages.forEach((message, index) => {
      const date = new Date(message.at);
      if (dayKey(date) !== day) {
        day = dayKey(date);
        wanted.push(this.day(day, date));
      }
      wanted.push(this.dress(message, index, index > lastOwn));
    });
    this.place(wanted);
    this.showPill();
  }

  // Change only what differs, so that a screen reader hears new messages and no old ones.
  place(wanted) {
    const keep = new Set(wanted);
    for (const child of [...this.list.children]) if (!keep.has(child)) child.remove();
    wanted.forEach((element, index) => {
      if (this.list.children[index] !== element) this.list.insertBefore(element, this.list.children[index] || null);
    });
  }

  day(key, date) {
    const element = [...this.list.querySelectorAll(".day")].find((one) => one.dataset.day === key) || make("li", "day");
    element.dataset.day = key;
    element.replaceChildren(make("span", "", dayOf(date)));
    return element;
  }

  dress(message, index, answerable) {
    const element = this.elements.get(message.key);
    const before = this.messages[index - 1];
    const after = this.messages[index + 1];
    element.classList.toggle("first", !together(before, message));
    element.classList.toggle("last", !together(message, after));
    const choices = element.querySelector(".choices");
    choices.hidden = !answerable || !choices.children.length;
    return element;
  }

  scrolled() {
    const left = this.scroller.scrollHeight - this.scroller.scrollTop - this.scroller.clientHeight;
    this.stuck = left < NEAR;
    if (this.stuck) this.unread = 0;
    this.showPill();
  }

  showPill() {
    this.pill.hidden = this.stuck;
    this.pill.classList.toggle("bare", !this.unread);
    this.pillWords.textContent = this.unread ? t("new_messages", { n: this.unread }) : "";
    this.pill.setAttribute("aria-label", this.unread ? t("new_messages", { n: this.unread }) : t("to_latest"));
  }

  toEnd(smooth = false) {
    this.stuck = true;
    this.unread = 0;
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: smooth ? "smooth" : "instant" });
    this.showPill();
  }

  // Older messages go in above without moving what is being read.
  putAbove(older) {
    const from = this.scroller.scrollHeight - this.scroller.scrollTop;
    this.stuck = false;
    this.put(older, { fresh: false });
    this.scroller.scrollTop = this.scroller.scrollHeight - from;
  }
}

function together(one, other) {
  if (!one || !other || one.author !== other.author) return false;
  const [a, b] = [new Date(one.at), new Date(other.at)];
  return Math.abs(b - a) < GROUP_MS && dayKey(a) === dayKey(b);
}
