// The simulated Telegram customer (see bot/simulators/telegram for its addresses).

import { call, customerId, follow, Phone } from "./phone.js";
import { t } from "./words.js";

const BASE = "/simulators/telegram/customers";
const KEY = "demo.telegram";
const POINT = { latitude: 31.2304, longitude: 121.4737 };

export class Telegram {
  constructor() {
    const post = (part, body) => call(`${this.base}/${part}`, JSON.stringify(body));
    this.tap = (body) => post("taps", body);
    this.phone = new Phone("telegram", {
      say: (text) => post("messages", { text }),
      photo: (file) => call(`${this.base}/photos`, file, file.type),
      location: () => post("location", POINT),
      contact: () => post("contact", {}),
    });
  }

  say(text) {
    return this.phone.acts.say(text);
  }

  async enter() {
    const id = Number(customerId(KEY, () => String(700000000 + Math.floor(Math.random() * 1e8))));
    await call(BASE, JSON.stringify({ id }));
    this.base = `${BASE}/${id}`;
    this.live = follow(`${this.base}/events`, ["message", "keyboard"], () => this.look());
    this.live.source.addEventListener("typing", () => this.typing());
    this.live.source.addEventListener("toast", (event) => this.phone.status(JSON.parse(event.data).text));
    // The simulator forgets its customers when the desk is started again.
    this.live.source.addEventListener("error", () => setTimeout(() => this.again(), 2000));
  }

  async again() {
    if (this.live.source.readyState === EventSource.OPEN) return;
    this.live.source.close();
    this.enter().catch(() => setTimeout(() => this.again(), 3000));
  }

  renew() {
    localStorage.removeItem(KEY);
    this.live?.source.close();
    return this.enter();
  }

  typing() {
    this.phone.status(t("typing"));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.phone.status(), 3000);
  }

  async look() {
    const { messages, keyboard } = await call(`${this.base}/transcript`);
    const shown = messages.map((message) => this.message(message));
    if (!shown.length) this.phone.keys([[{ title: t("start"), act: () => this.say("/start") }]]);
    else this.phone.keys(keyboard?.map((row) => row.map((key) => this.key(key))));
    this.phone.show(shown);
    if (shown.length && !shown.at(-1).mine) this.phone.status();
  }

  message(message) {
    const { latitude, longitude } = message.location || {};
    const other = ["voice", "video", "document", "sticker"].find((kind) => message[kind]);
    return {
      key: message.message_id,
      mine: message.from === "customer",
      text: [message.text || message.contact?.phone_number, other && t(other, { text: message[other].file_name || "" })].filter(Boolean).join("\n"),
      at: message.date * 1000,
      photo: message.photo && (message.photo.startsWith("files/") ? `${this.base}/${message.photo}` : message.photo),
      place: message.location && `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`,
      rows: message.buttons?.map((row) => row.map(({ title, index }) => ({
        title,
        act: () => this.tap({ message_id: message.message_id, index }),
      }))),
    };
  }

  key({ text, request_contact: contact, request_location: location }) {
    const act = contact ? this.phone.acts.contact : location ? this.phone.acts.location : () => this.tap({ title: text });
    return { title: text, act };
  }
}
