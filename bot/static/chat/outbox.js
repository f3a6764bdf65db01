// What the visitor said and the desk has not confirmed yet: sent one by one, in order, under a fixed id.

import { postFile, postMessage } from "./api.js";

const KEY = "chat.unsent";
const WAITS = [1000, 2000, 4000, 8000];

export class Outbox {
  // `changed(item)` whenever an item's state changes; `taken(item, answer)` when the desk has it.
  constructor({ changed, taken, storage = window.sessionStorage }) {
    this.changed = changed;
    this.taken = taken;
    this.storage = storage;
    this.items = [];
    this.busy = false;
    window.addEventListener("online", () => this.retryAll());
  }

  // Unsent words survive a reload; files are too large to keep.
  restore() {
    let kept = [];
    try {
      kept = JSON.parse(this.storage.getItem(KEY) || "[]");
    } catch { /* nothing usable was kept */ }
    this.items = kept.map((item) => ({ ...item, state: "waiting", tries: 0 }));
    return this.items;
  }

  add(item) {
    this.items.push({ ...item, state: "waiting", tries: 0, at: new Date().toISOString() });
    this.save();
    this.run();
    return this.items.at(-1);
  }

  // The history shows it: it was taken although we never heard so.
  settle(id) {
    const known = this.items.some((item) => item.id === id);
    this.items = this.items.filter((item) => item.id !== id);
    if (known) this.save();
  }

  retry(id) {
    const item = this.items.find((one) => one.id === id);
    if (!item) return;
    Object.assign(item, { state: "waiting", tries: 0, problem: "" });
    this.changed(item);
    this.run();
  }

  retryAll() {
    for (const item of this.items) if (item.state === "failed" && item.passing) this.retry(item.id);
    this.run();
  }

  async run() {
    if (this.busy) return;
    this.busy = true;
    let item;
    while ((item = this.items.find((one) => one.state === "waiting"))) await this.attempt(item);
    this.busy = false;
  }

  async attempt(item) {
    item.state = "sending";
    this.changed(item);
    try {
      const answer = item.file
        ? await postFile(item.id, item.file, (part) => this.progress(item, part))
        : await postMessage({ id: item.id, [item.kind]: item.value });
      this.settle(item.id);
      item.state = "sent";
      this.taken(item, answer);
    } catch (problem) {
      await this.failed(item, problem);
    }
  }

  progress(item, part) {
    item.progress = part;
    this.changed(item);
  }

  async failed(item, problem) {
    item.tries += 1;
    item.passing = problem.passing ?? false;
    item.problem = problem.message;
    const wait = problem.after * 1000 || WAITS[item.tries - 1];
    const again = item.passing && navigator.onLine && wait && item.tries <= WAITS.length;
    item.state = again ? "waiting" : "failed";
    this.changed(item);
    if (again) await new Promise((resolve) => setTimeout(resolve, wait));
  }

  save() {
    const kept = this.items.filter((item) => !item.file).map(({ id, kind, value, text, at }) => ({ id, kind, value, text, at }));
    try {
      this.storage.setItem(KEY, JSON.stringify(kept));
    } catch { /* private browsing without storage: a reload forgets */ }
  }
}
