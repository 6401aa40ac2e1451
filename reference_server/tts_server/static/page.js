"use strict";
const MESSAGES = {
  empty_text: "请输入文本。 Please enter some text.",
  text_too_long: "文本太长。 The text is too long.",
  body_too_large: "文本太长。 The text is too long.",
  unspeakable_text: "这段文本里没有可以朗读的内容。 There is nothing to read aloud in this text.",
  engine_missing: "语音引擎尚未就绪。 The voice is not ready.",
  engine_starting: "语音正在准备，请稍候。 The voice is being prepared, please wait.",
  too_busy: "现在人太多，请稍后再试。 Too many requests, please try again soon.",
  deadline: "合成超时，请缩短文本。 This took too long, please shorten the text.",
  unauthorized: "需要访问令牌。 A token is needed.",
};
const SLIDERS = ["speed", "pitch", "volume"];
const LEAD = 0.1;
const $ = (id) => document.getElementById(id);
let address = null;
let running = null;

function say(text, bad) {
  $("message").textContent = text;
  $("message").classList.toggle("bad", Boolean(bad));
}

async function problem(answer) {
  const fallback = "合成失败，请稍后再试。 Speech failed, please try again.";
  try {
    const body = await answer.json();
    return MESSAGES[body.error.code || body.code] || fallback;
  } catch (error) {
    return fallback;
  }
}

// Plays 16-bit samples as they come: each piece starts where the one before ends.
class Player {
  constructor(rate) {
    this.rate = rate;
    this.context = new AudioContext({ sampleRate: rate });
    this.next = 0;
  }

  push(samples) {
    const buffer = this.context.createBuffer(1, samples.length, this.rate);
    const channel = buffer.getChannelData(0);
    for (let place = 0; place < samples.length; place += 1) channel[place] = samples[place] / 32768;
    const source = this.context.createBufferSource();
    source.buffer = buffer;
    source.connect(this.context.destination);
    this.next = Math.max(this.next, this.context.currentTime + LEAD);
    source.start(this.next);
    this.next += buffer.duration;
  }

  left() {
    return Math.max(0, this.next - this.context.currentTime);
  }

  close() {
    if (this.context.state !== "closed") this.context.close();
  }
}

function wavFile(parts, rate) {
  const length = parts.reduce((sum, part) => sum + part.byteLength, 0);
  const view = new DataView(new ArrayBuffer(44));
  const word = (place, text) => [...text].forEach((sign, offset) => view.setUint8(place + offset, sign.charCodeAt(0)));
  word(0, "RIFF");
  view.setUint32(4, length + 36, true);
  word(8, "WAVEfmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 1, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, rate, true);
  view.setUint32(28, rate * 2, true);
  view.setUint16(32, 2, true);
  view.setUint16(34, 16, true);
  word(36, "data");
  view.setUint32(40, length, true);
  return new Blob([view.buffer, ...parts], { type: "audio/wav" });
}

async function play(answer, run) {
  const rate = Number(answer.headers.get("X-Sample-Rate"));
  const player = new Player(rate);
  run.player = player;
  const reader = answer.body.getReader();
  const parts = [];
  let rest = new Uint8Array(0);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const bytes = new Uint8Array(rest.length + value.length);
    bytes.set(rest);
    bytes.set(value, rest.length);
    const whole = bytes.slice(0, bytes.length - (bytes.length % 2));
    rest = bytes.slice(whole.length);
    if (!whole.length) continue;
    parts.push(whole.buffer);
    player.push(new Int16Array(whole.buffer));
    say("正在播放… Playing…");
  }
  return wavFile(parts, rate);
}

function offer(file) {
  if (address) URL.revokeObjectURL(address);
  address = URL.createObjectURL(file);
  $("player").src = address;
  $("download").href = address;
  $("result").hidden = false;
}

async function speak(event) {
  event.preventDefault();
  const run = { abort: new AbortController(), player: null };
  running = run;
  $("speak").disabled = true;
  $("stop").disabled = false;
  say("正在合成… Working…");
  const wish = { input: $("text").value, emotion: $("emotion").value, response_format: "pcm" };
  for (const name of SLIDERS) wish[name] = Number($(name).value);
  try {
    const answer = await fetch("/v1/audio/speech", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(wish),
      signal: run.abort.signal,
    });
    if (!answer.ok) {
      say(await problem(answer), true);
      return;
    }
    offer(await play(answer, run));
    await new Promise((done) => {
      setTimeout(done, run.player.left() * 1000);
      run.abort.signal.addEventListener("abort", done);
    });
    say("");
  } catch (error) {
    say(run.abort.signal.aborted ? "" : "连不上服务器。 The server cannot be reached.", !run.abort.signal.aborted);
  } finally {
    if (run.player) run.player.close();
    $("speak").disabled = false;
    $("stop").disabled = true;
  }
}

for (const name of SLIDERS) {
  $(name).addEventListener("input", () => { $(`${name}-value`).textContent = $(name).value; });
}
$("stop").addEventListener("click", () => running && running.abort.abort());
$("form").addEventListener("submit", speak);
