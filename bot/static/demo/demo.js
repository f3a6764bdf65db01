// The demo page: two phones, sample sentences for both, a switch on narrow screens.

import { button } from "./bubble.js";
import { complain } from "./phone.js";
import { Telegram } from "./telegram.js";
import { WeChat } from "./wechat.js";
import { currentLanguage, facts, onLanguage, serviceName, setLanguage, t } from "./words.js";

const byId = (id) => document.getElementById(id);
const LANGUAGE = "chat.language";
const phones = {};
if (facts.telegram) phones.telegram = new Telegram();
if (facts.wechat) phones.wechat = new WeChat();

function samples() {
  const sentences = facts.words[currentLanguage()].samples;
  byId("samples").replaceChildren(...sentences.map((text) => button("", text, () => sayToShown(text))));
}

// On a wide screen both phones are in sight and both customers say it.
function sayToShown(text) {
  for (const phone of Object.values(phones)) {
    if (phone.phone.root.offsetParent) phone.phone.try(() => phone.say(text));
  }
}

function show(kind) {
  document.querySelector(".phones").dataset.shown = kind;
  for (const tab of document.querySelectorAll("[data-phone]")) tab.setAttribute("aria-pressed", String(tab.dataset.phone === kind));
  localStorage.setItem("demo.shown", kind);
}

async function enter([kind, phone]) {
  const title = byId(kind).parentElement;
  title.querySelector(".fresh").addEventListener("click", () => phone.renew().catch(() => complain(t("failed"))));
  for (;;) {
    try {
      return await phone.enter();
    } catch {
      complain(t("away"));
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

onLanguage((language) => {
  localStorage.setItem(LANGUAGE, language);
  byId("language").textContent = t("other_language");
  byId("language").lang = language === "zh" ? "en" : "zh-CN";
  byId("name").textContent = serviceName();
  document.title = `${serviceName()} · ${t("title")}`;
  samples();
  for (const phone of Object.values(phones)) phone.live?.look();
});
byId("language").addEventListener("click", () => setLanguage(currentLanguage() === "zh" ? "en" : "zh"));
for (const tab of document.querySelectorAll("[data-phone]")) tab.addEventListener("click", () => show(tab.dataset.phone));

const asked = new URLSearchParams(location.search).get("lang");
setLanguage([asked, localStorage.getItem(LANGUAGE)].find((one) => one in facts.words) || currentLanguage());
if (localStorage.getItem("demo.shown") === "wechat") show("wechat");
await Promise.all(Object.entries(phones).map(enter));
document.body.dataset.ready = "yes";
