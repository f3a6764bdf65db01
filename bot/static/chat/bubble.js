// One message as elements. Whatever people wrote goes in as text, never as markup.

import { spokenLanguage, t, timeOf } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const LINK = /https?:\/\/[^\s<>"'，。；！？、）】》]+[^\s<>"'，。；！？、）】》.,;:!?)]/g;

export function make(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export function button(className, text, act) {
  const element = make("button", className, text);
  element.type = "button";
  element.addEventListener("click", act);
  return element;
}

function words(message) {
  const bubble = make("div", "bubble");
  bubble.lang = spokenLanguage(message.text);
  if (message.author === "you") {
    bubble.textContent = message.text;
    return bubble;
  }
  let from = 0;
  for (const found of message.text.matchAll(LINK)) {
    bubble.append(message.text.slice(from, found.index), link(found[0], found[0]));
    from = found.index + found[0].length;
  }
  bubble.append(message.text.slice(from));
  return bubble;
}

function link(address, text) {
  const anchor = make("a", "", text);
  anchor.href = address;
  anchor.target = "_blank";
  anchor.rel = "noopener noreferrer";
  return anchor;
}

function picture(source, label, view) {
  const frame = button("photo", "", () => view(source));
  const image = make("img");
  image.src = source;
  image.alt = label;
  image.loading = "lazy";
  image.addEventListener("error", () => {
    // A browser that cannot show the kind (HEIC) still says that a photo was sent.
    frame.classList.add("plain");
    frame.replaceChildren(label);
  });
  frame.append(image);
  return frame;
}

// Sound and moving pictures play in the page; a document can only be saved.
function player(file) {
  const element = make(file.kind === "video" ? "video" : "audio", "sent");
  element.src = file.url;
  element.controls = true;
  element.preload = "metadata";
  element.setAttribute("aria-label", t(file.kind === "video" ? "my_video" : "my_voice"));
  if (file.kind === "voice") return element;
  const frame = make("div", "film sent");
  element.playsInline = true;
  frame.append(element);
  return frame;
}

function paper(file) {
  const bubble = make("div", "bubble place sent");
  const anchor = make("a", "", file.name || t("file"));
  anchor.href = file.url;
  anchor.download = file.name || "";
  bubble.append(icon("file"), anchor);
  return bubble;
}

function sentFile(file, view) {
  if (file.kind === "photo") return picture(file.url, t("my_photo"), view);
  return file.kind === "document" ? paper(file) : player(file);
}

function place(location) {
  const bubble = make("div", "bubble place");
  const point = `${location.latitude.toFixed(5)}, ${location.longitude.toFixed(5)}`;
  const label = make("span", "", t("my_location"));
  label.append(make("br"), make("small", "", point));
  bubble.append(icon("place"), label);
  return bubble;
}

function fromUs(source) {
  return source.startsWith("/") && !source.startsWith("//");
}

function content(message, view) {
  const parts = [];
  if (message.text) parts.push(words(message));
  if (message.location) parts.push(place(message.location));
  if (message.files?.length) {
    const files = make("div", "photos");
    files.append(...message.files.map((file) => sentFile(file, view)));
    parts.push(files);
  }
  if (message.image && fromUs(message.image)) parts.push(picture(message.image, t("picture"), view));
  else if (/^https?:\/\//.test(message.image || "")) {
    const bubble = make("div", "bubble");
    bubble.append(link(message.image, t("open_picture")));
    parts.push(bubble);
  }
  return parts;
}

// `acts`: choose(message, index), retry(message), view(source), locate().
export function row(message, acts) {
  const element = make("li", `row ${message.author}`);
  if (message.author !== "you") {
    const avatar = make("img", "avatar");
    avatar.src = "/chat/static/logo.svg";
    avatar.alt = "";
    element.append(avatar);
  }
  const body = make("div", "body");
  if (message.author === "you") body.append(make("span", "unseen", t("you")));
  if (message.author === "agent") body.append(make("p", "from", t("agent")));
  body.append(...content(message, acts.view));
  body.append(choices(message, acts), make("p", "stamp"));
  element.append(body);
  stamp(element, message, acts);
  return element;
}

function choices(message, acts) {
  const group = make("div", "choices");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", t("choices"));
  for (const [index, title] of (message.buttons || []).entries()) {
    const choice = button("choice", title, () => acts.choose(message, index));
    choice.lang = spokenLanguage(title);
    group.append(choice);
  }
  if (message.ask === "location") group.append(button("choice", t("my_location"), acts.locate));
  group.hidden = !group.children.length;
  return group;
}

// The line under a bubble: when it was said, or that it is under way or failed.
export function stamp(element, message, acts) {
  const line = element.querySelector(".stamp");
  element.classList.toggle("pending", message.state === "sending" || message.state === "waiting");
  element.classList.toggle("failed", message.state === "failed");
  line.replaceChildren();
  if (message.state === "failed") {
    const again = button("retry", "", () => acts.retry(message));
    again.append(icon("retry"), t("retry"));
    line.append(`${t("failed")}${message.problem ? ` · ${message.problem}` : ""}`, again);
  } else if (message.state === "sending" || message.state === "waiting") {
    line.append(`${t("sending")}…`);
  } else if (message.at) {
    const time = make("time", "", timeOf(new Date(message.at)));
    time.dateTime = message.at;
    line.append(time);
  }
  progress(element, message);
}

function progress(element, message) {
  const frame = element.querySelector(".photos > *");
  let bar = element.querySelector("progress");
  const under = message.state === "sending" && message.progress !== undefined;
  if (!under || !frame) return bar?.remove();
  if (!bar) {
    bar = make("progress");
    bar.max = 1;
    bar.setAttribute("aria-label", t("sending"));
    // A player draws no children of its own: there the bar stands behind it.
    if (frame.localName === "audio") frame.after(bar);
    else frame.append(bar);
  }
  bar.value = message.progress;
}
