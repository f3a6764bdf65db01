// The chat page: connects thread, composer, outbox and live stream.

import { history, newId, postTyping } from "./api.js";
import { button, icon, make } from "./bubble.js";
import { Composer } from "./composer.js";
import { Live } from "./live.js";
import { Outbox } from "./outbox.js";
import { Thread } from "./thread.js";
import { currentLanguage, facts, onLanguage, serviceName, setLanguage, t } from "./words.js";

const byId = (id) => document.getElementById(id);
const SHORTCUTS = ["report", "track", "agent", "help"];
const LANGUAGE = "chat.language";
const TELL_EVERY = 4000;

const acts = { choose, retry: (message) => outbox.retry(message.id), view, locate };
const thread = new Thread({
  scroller: byId("thread"),
  list: byId("messages"),
  pill: byId("pill"),
  pillWords: byId("pill-words"),
  acts,
  welcome,
});
const outbox = new Outbox({ changed: (item) => thread.update(shownAs(item)), taken });
const live = new Live({ seen: () => thread.last, onMessage: arrived, onTyping: () => showTyping(6000), onState: connection });
const composer = new Composer({
  say: (text) => send({ kind: "text", value: text, text }),
  show: (file, preview, kind) => send({ kind: "file", file, preview, files: [{ kind, url: preview, name: file.name }] }),
  command,
  locate,
  complain,
  writes,
});
let awaited = 0;
let typingTimer;
let toastTimer;
let missed = 0;
let told = 0;
let state = "live";
let bannerTimer;

function welcome() {
  const card = make("li", "welcome");
  const name = serviceName();
  const shortcuts = make("div", "choices");
  for (const name of SHORTCUTS) {
    const shortcut = button("choice", "", () => command(name));
    shortcut.append(icon(name), t(`commands.${name}`));
    shortcuts.append(shortcut);
  }
  card.append(make("h2", "", t("welcome", { name })), make("p", "", t("welcome_more")), shortcuts);
  return card;
}

// An unsent item's message on screen, found by its id.
function shownAs(item) {
  const message = thread.messages.find((one) => one.id === item.id) || {};
  return Object.assign(message, { state: item.state, progress: item.progress, problem: item.problem });
}

function send(item) {
  const message = { ...item, id: newId(), author: "you", text: item.text || "", at: new Date().toISOString(), state: "waiting" };
  thread.stuck = true;
  thread.put([message]);
  outbox.add({ id: message.id, kind: item.kind, value: item.value, text: message.text, file: item.file });
}

// Whoever has the conversation sees that the visitor types.
function writes() {
  if (state !== "live" || Date.now() - told < TELL_EVERY) return;
  told = Date.now();
  postTyping();
}

function command(name) {
  send({ kind: "command", value: name, text: t(`commands.${name}`) });
}

function choose(message, index) {
  send({ kind: "choice", value: `${message.seq}:${index}`, text: message.buttons[index] });
  thread.scroller.focus({ preventScroll: true });
}

function locate() {
  const given = ({ coords }) => {
    const location = { latitude: coords.latitude, longitude: coords.longitude };
    send({ kind: "location", value: location, location });
  };
  const refused = (problem) => complain(t(problem.code === problem.PERMISSION_DENIED ? "location_refused" : "location_unavailable"));
  if (!navigator.geolocation) complain(t("location_unavailable"));
  else navigator.geolocation.getCurrentPosition(given, refused, { timeout: 15000, maximumAge: 60000 });
}

function taken(item, answer) {
  thread.update(shownAs(item));
  if (answer.notice) {
    const notice = { id: newId(), author: "notice", text: answer.notice, at: new Date().toISOString() };
    thread.put([notice]);
  }
  awaited = Math.max(awaited, answer.last || 0);
  if (awaited > thread.last && !answer.delayed) showTyping(8000);
}

function arrived(message) {
  if (message.id) outbox.settle(message.id);
  thread.put([message]);
  if (message.author === "you") return;
  if (thread.last >= awaited) hideTyping();
  if (document.hidden) missed += 1;
  title();
}

function showTyping(milliseconds) {
  clearTimeout(typingTimer);
  byId("typing").hidden = false;
  byId("typing-words").textContent = `${serviceName()} ${t("typing")}`;
  if (thread.stuck) thread.toEnd();
  typingTimer = setTimeout(hideTyping, milliseconds);
}

function hideTyping() {
  clearTimeout(typingTimer);
  byId("typing").hidden = true;
}

function connection(now) {
  if (now === state) return;
  state = now;
  if (now === "live") outbox.retryAll();
  clearTimeout(bannerTimer);
  // A break of a moment is nobody's concern.
  bannerTimer = setTimeout(showConnection, now === "reconnecting" ? 2500 : 0);
}

function showConnection() {
  const banner = byId("banner");
  document.body.classList.toggle("away", state !== "live");
  banner.textContent = state === "live" ? "" : t(state);
  banner.hidden = state === "live";
}

function complain(words) {
  const toast = byId("toast");
  clearTimeout(toastTimer);
  toast.textContent = words;
  toast.hidden = false;
  toastTimer = setTimeout(() => { toast.hidden = true; }, 6000);
}

function view(source) {
  byId("viewed").src = source;
  byId("viewed").alt = t("picture");
  byId("viewer").showModal();
}

function title() {
  document.title = `${missed ? `(${missed}) ` : ""}${serviceName()} · ${t("title")}`;
}

async function earlier() {
  const control = byId("earlier");
  control.disabled = true;
  try {
    const page = await history({ before: thread.first });
    thread.putAbove(page.messages);
    control.hidden = !page.more;
  } catch (problem) {
    complain(problem.message);
  }
  control.disabled = false;
}

async function load() {
  for (let wait = 1000; ; wait = Math.min(wait * 2, 15000)) {
    try {
      return await history({});
    } catch (problem) {
      connection("reconnecting");
      if (problem.status === 401) complain(problem.message);
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
  }
}

function remembered() {
  const asked = new URLSearchParams(location.search).get("lang");
  return [asked, localStorage.getItem(LANGUAGE)].find((one) => one in facts.words) || currentLanguage();
}

onLanguage((language) => {
  localStorage.setItem(LANGUAGE, language);
  const switcher = byId("language");
  switcher.textContent = t("other_language");
  switcher.lang = language === "zh" ? "en" : "zh-CN";
  byId("name").textContent = serviceName();
  title();
  showConnection();
  thread.redraw();
});
byId("language").addEventListener("click", () => {
  const wanted = currentLanguage() === "zh" ? "en" : "zh";
  setLanguage(wanted);
  // The desk follows once there is a conversation; before that the first message tells the language.
  if (thread.messages.length) send({ kind: "speak", value: wanted, text: t(`speak.${wanted}`) });
});
byId("earlier").addEventListener("click", earlier);
byId("viewer").addEventListener("click", (event) => event.target.closest("button") || byId("viewer").close());
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  missed = 0;
  title();
});

setLanguage(remembered());
const found = await load();
thread.put(found.messages, { fresh: false });
for (const item of outbox.restore()) {
  if (thread.messages.some((one) => one.id === item.id)) outbox.settle(item.id);
  else thread.put([{ ...item, author: "you", location: item.kind === "location" ? item.value : undefined }], { fresh: false });
}
byId("earlier").hidden = !found.more;
byId("log").setAttribute("aria-live", "polite");
live.open();
outbox.run();
document.body.dataset.ready = "yes";
