// The page's words in the language chosen; times and days as that language writes them.

const facts = JSON.parse(document.getElementById("data").textContent);
const listeners = [];
let language = facts.language;

export { facts };

export const currentLanguage = () => language;

export function t(key, values = {}) {
  const words = key.split(".").reduce((part, name) => part && part[name], facts.words[language]);
  return String(words ?? key).replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

export const serviceName = () => facts.service[language];

export const onLanguage = (listener) => listeners.push(listener);

export function setLanguage(wanted) {
  language = wanted;
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
  for (const element of document.querySelectorAll("[data-words]")) element.textContent = t(element.dataset.words);
  for (const element of document.querySelectorAll("[data-label]")) element.setAttribute("aria-label", t(element.dataset.label));
  for (const element of document.querySelectorAll("[data-placeholder]")) element.placeholder = t(element.dataset.placeholder);
  for (const listener of listeners) listener(wanted);
}

const locale = () => (language === "zh" ? "zh-CN" : "en-GB");

export const timeOf = (date) => new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", hour12: false }).format(date);

export const dayKey = (date) => `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;

export function dayOf(date, now = new Date()) {
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1);
  if (dayKey(date) === dayKey(now)) return t("today");
  if (dayKey(date) === dayKey(yesterday)) return t("yesterday");
  const year = date.getFullYear() === now.getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale(), { year, month: "long", day: "numeric", weekday: "short" }).format(date);
}

// The language a text is written in, for the voice of a screen reader.
export const spokenLanguage = (text) => (/[\u3400-\u9fff]/.test(text) ? "zh-CN" : "en");
