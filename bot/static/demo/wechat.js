// The simulated WeChat customer (see bot/simulators/wechat for its addresses).

import { button } from "./bubble.js";
import { call, customerId, follow, Phone } from "./phone.js";
import { onLanguage, t } from "./words.js";

const BASE = "/simulators/wechat";
const KEY = "demo.wechat";
const EVENTS = ["subscribe", "unsubscribe"];
const POINT = { latitude: 31.2304, longitude: 121.4737, label: "上海市黄浦区人民大道200号" };

export class WeChat {
  constructor() {
    this.post = (part, body) => call(`${this.base}/${part}`, JSON.stringify(body));
    this.phone = new Phone("wechat", {
      say: (text) => this.post("messages", { text }),
      photo: (file) => call(`${this.base}/photos`, file, file.type),
      location: () => this.post("location", POINT),
    });
    onLanguage(() => this.quota());
  }

  say(text) {
    return this.phone.acts.say(text);
  }

  async enter() {
    const fresh = !localStorage.getItem(KEY);
    const id = customerId(KEY, () => `demo-${Math.random().toString(36).slice(2, 12)}`);
    this.base = `${BASE}/customers/${id}`;
    this.live = follow(`${this.base}/events`, ["message"], () => this.look());
    await this.menu();
    if (fresh) await this.post("follow", {});
  }

  renew() {
    localStorage.removeItem(KEY);
    this.live?.source.close();
    return this.enter();
  }

  async look() {
    const { bubbles, left } = await call(`${this.base}/transcript`);
    this.left = left;
    const latest = bubbles.findLast((bubble) => bubble.items?.length);
    this.phone.show(bubbles.map((bubble) => this.message(bubble, bubble === latest)).filter(Boolean));
    this.quota();
    // The desk puts its menu up a moment after it starts.
    if (this.find().hidden) await this.menu();
  }

  quota() {
    const place = this.phone.root.parentElement.querySelector(".quota");
    place.textContent = this.left === undefined ? "" : t("quota", { n: this.left });
  }

  message(bubble, tappable) {
    const event = bubble.kind === "event";
    // A press on the account's menu leaves no bubble in WeChat.
    if (event && !EVENTS.includes(bubble.text)) return null;
    const system = bubble.author === "wechat" || event;
    return {
      key: bubble.number,
      mine: bubble.author === "customer",
      system,
      text: event ? t(bubble.text) : bubble.kind === "voice" ? t("voice", { text: bubble.text }) : bubble.kind === "location" ? "" : bubble.text,
      at: bubble.at,
      photo: bubble.kind === "image" && bubble.media ? `${BASE}/media/${bubble.media}` : undefined,
      place: bubble.kind === "location" ? bubble.text : undefined,
      tappable,
      rows: bubble.items?.map(({ title }, index) => [{ title, act: () => this.tap(index, bubble.number) }]),
    };
  }

  // Older menus stay tappable in WeChat, and say which of them was tapped.
  tap(index, number) {
    return this.post("taps", { choice: index + 1, message: number });
  }

  find() {
    return this.phone.find(".account-menu");
  }

  async menu() {
    const { button: buttons = [] } = await call(`${BASE}/menu`);
    const bar = this.find();
    bar.hidden = !buttons.length;
    bar.replaceChildren(...buttons.map((one) => this.menuButton(one, bar)));
  }

  menuButton(one, bar) {
    const press = (leaf) => this.phone.try(() => this.post("menu", { key: leaf.key || leaf.url || leaf.name }));
    const control = button("", one.name, () => {
      const open = bar.querySelector(".submenu");
      open?.remove();
      if (!one.sub_button?.length) press(one);
      else if (open?.dataset.of !== one.name) bar.append(this.submenu(one, press));
      control.setAttribute("aria-expanded", String(Boolean(bar.querySelector(".submenu"))));
    });
    if (one.sub_button?.length) control.setAttribute("aria-expanded", "false");
    return control;
  }

  submenu(one, press) {
    const list = document.createElement("div");
    list.className = "submenu";
    list.dataset.of = one.name;
    for (const leaf of one.sub_button) {
      list.append(button("", leaf.name, () => {
        list.remove();
        press(leaf);
      }));
    }
    return list;
  }
}
