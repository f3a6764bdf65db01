// A voice message recorded in the page: a bar says that it runs and for how long, and what to do with it.

import { t } from "./words.js";

const TYPES = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
const LONGEST = 120;
const byId = (id) => document.getElementById(id);

export class Recorder {
  // `done(file)` with what was recorded; `refused()` where there is no microphone, or it is not permitted.
  constructor(acts) {
    this.acts = acts;
    this.bar = byId("recording");
    byId("record-send").addEventListener("click", () => this.stop(true));
    byId("record-drop").addEventListener("click", () => this.stop(false));
  }

  async start() {
    if (this.recording) return;
    const type = window.MediaRecorder && TYPES.find((one) => MediaRecorder.isTypeSupported(one));
    try {
      if (!type) throw new Error("nothing records here");
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      this.run(stream, type);
    } catch {
      this.acts.refused();
    }
  }

  run(stream, type) {
    const parts = [];
    const recording = new MediaRecorder(stream, { mimeType: type });
    this.recording = recording;
    this.wanted = false;
    recording.addEventListener("dataavailable", (event) => parts.push(event.data));
    recording.addEventListener("stop", () => {
      for (const track of stream.getTracks()) track.stop();
      this.show(false);
      this.recording = undefined;
      const mime = type.split(";")[0];
      if (this.wanted) this.acts.done(new File(parts, "voice", { type: mime }));
    });
    recording.start();
    this.show(true);
  }

  stop(wanted) {
    this.wanted = wanted;
    if (this.recording?.state === "recording") this.recording.stop();
  }

  show(running) {
    clearInterval(this.ticker);
    this.bar.hidden = !running;
    if (!running) return byId("box").focus();
    let seconds = 0;
    const tell = () => {
      byId("recorded").textContent = `${t("recording")} ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    };
    tell();
    this.ticker = setInterval(() => {
      seconds += 1;
      tell();
      if (seconds >= LONGEST) this.stop(true);
    }, 1000);
    byId("record-send").focus();
  }
}
