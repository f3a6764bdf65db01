// How long a reply is, as its channel counts, once that is near what one message holds, or what the desk takes.
"use strict";
(() => {
  const form = document.getElementById("composer");
  const told = document.getElementById("length");
  if (!form || !told) return;
  const { limit, counts, longest } = form.elements.text.dataset;
  const words = told.dataset;
  const NEAR = 0.8;
  const COUNT = {
    bytes: (text) => new TextEncoder().encode(text).length,
    utf16: (text) => text.length,
    characters: (text) => [...text].length,
  };
  const filled = (pattern, values) => pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const measured = (text, how, most) => {
    const count = COUNT[how](text);
    if (count < most * NEAR) return [];
    const used = filled(words.of, { count, most, unit: how === "bytes" ? words.bytes : words.characters });
    return [count > most && most !== Number(longest) ? `${used}, ${filled(words.parts, { parts: Math.ceil(count / most) })}` : used];
  };
  form.addEventListener("draft", () => {
    const text = form.elements.text.value.trim();
    const parts = measured(text, "characters", Number(longest));
    if (limit && form.elements.kind.value === "reply") parts.unshift(...measured(text, counts, Number(limit)));
    told.textContent = parts.join(" · ");
  });
  form.dispatchEvent(new Event("draft"));
})();
