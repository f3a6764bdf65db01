// Calls to the desk. A failed call throws a Problem: `message` is fit to be shown, `after` seconds to wait.

import { currentLanguage, t } from "./words.js";

export class Problem extends Error {
  constructor(message, { status = 0, after = 0 } = {}) {
    super(message);
    this.status = status;
    this.after = after;
  }

  // Whether the same message may get through later without being changed.
  get passing() {
    return this.status === 0 || this.status === 429 || this.status === 507 || this.status >= 500;
  }
}

const headers = () => ({ "Accept-Language": currentLanguage() });

function problemOf(status, text, after) {
  let message = "";
  try {
    message = JSON.parse(text).message;
  } catch { /* an answer from something between us and the desk */ }
  return new Problem(message || t("failed_network"), { status, after: Number(after) || 0 });
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, { ...options, headers: { ...headers(), ...options.headers }, signal: AbortSignal.timeout(20000) });
  } catch {
    throw new Problem(t("failed_network"));
  }
  if (!response.ok) throw problemOf(response.status, await response.text(), response.headers.get("Retry-After"));
  return response.json();
}

export const postMessage = (message) =>
  call("/chat/messages", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ ...message, language: currentLanguage() }),
  });

// That somebody types, not what; whether it arrives matters to nobody.
export const postTyping = () =>
  fetch("/chat/typing", { method: "POST", headers: { "Content-Type": "application/json" }, body: "{}" }).catch(() => {});

export const history = (query) => call(`/chat/history?${new URLSearchParams(query)}`);

// XMLHttpRequest, because fetch does not tell how far an upload has got.
export function postFile(id, file, onProgress) {
  return new Promise((resolve, reject) => {
    const form = new FormData();
    form.append("id", id);
    form.append("language", currentLanguage());
    form.append("file", file, file.name || "file");
    const request = new XMLHttpRequest();
    request.open("POST", "/chat/files");
    request.setRequestHeader("Accept-Language", currentLanguage());
    request.timeout = 180000;
    request.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    request.onerror = request.ontimeout = request.onabort = () => reject(new Problem(t("failed_network")));
    request.onload = () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText));
      else reject(problemOf(request.status, request.responseText, request.getResponseHeader("Retry-After")));
    };
    request.send(form);
  });
}

// crypto.randomUUID exists only on secure pages; a chat in the local network may be plain HTTP.
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
