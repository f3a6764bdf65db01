// The live stream: new lines as they are written. A hidden page lets go of its connection (browsers allow
// six to one server) and looks every so often instead.

import { history } from "./api.js";

const HIDDEN_LOOK = 15000;
const HIDDEN_AFTER = 20000;

export class Live {
  constructor({ seen, onMessage, onTyping, onState }) {
    this.seen = seen;
    this.onMessage = onMessage;
    this.onTyping = onTyping;
    this.onState = onState;
    this.source = null;
    this.wait = 1000;
    document.addEventListener("visibilitychange", () => this.visibility());
    window.addEventListener("online", () => this.open());
    window.addEventListener("offline", () => this.onState("offline"));
    window.addEventListener("pagehide", () => this.close());
    window.addEventListener("pageshow", (event) => event.persisted && this.open());
  }

  open() {
    this.close();
    if (!navigator.onLine) this.onState("offline");
    const source = new EventSource(`/chat/stream?after=${this.seen()}`);
    this.source = source;
    source.onopen = () => {
      this.wait = 1000;
      // An answer under way may still come in after the network went.
      this.onState(navigator.onLine ? "live" : "offline");
    };
    source.addEventListener("message", (event) => this.onMessage(JSON.parse(event.data)));
    source.addEventListener("typing", () => this.onTyping());
    source.onerror = () => {
      this.onState(navigator.onLine ? "reconnecting" : "offline");
      // The browser itself comes back after a break, but not after a refusal.
      if (source.readyState === EventSource.CLOSED) this.later();
    };
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  later() {
    this.close();
    this.timer = setTimeout(() => this.open(), this.wait);
    this.wait = Math.min(this.wait * 2, 30000);
  }

  visibility() {
    clearTimeout(this.hiding);
    if (!document.hidden) {
      if (!this.source) this.open();
    } else {
      this.hiding = setTimeout(() => this.rest(), HIDDEN_AFTER);
    }
  }

  async rest() {
    if (!document.hidden) return;
    this.close();
    try {
      const found = await history({ after: this.seen() });
      for (const message of found.messages) this.onMessage(message);
    } catch { /* the next look will tell */ }
    if (document.hidden) this.hiding = setTimeout(() => this.rest(), HIDDEN_LOOK);
  }
}
