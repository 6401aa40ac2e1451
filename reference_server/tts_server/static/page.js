import { WORDS } from "./words.js";
import { Player, Wave, wavFile } from "./sound.js";
import { forget, keep, kept, past, remember } from "./history.js";

const SLIDERS = { speed: 1, pitch: 0, volume: 1 };
const STATE_SECONDS = { starting: 1, failed: 5, away: 5, busy: 5, ready: 30 };
const $ = (id) => document.getElementById(id);
const wave = new Wave($("wave"));
let language = kept("tts-language", navigator.language.startsWith("zh") ? "zh" : "en");
let state = "starting";
let said = null;
let limit = 1000;
let address = null;
let running = null;

function word(name, values = {}) {
  const text = WORDS[language][name] || WORDS[language]["error.other"];
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key]);
}

// `parts`: names of words, each perhaps with values; said again when the language changes.
function say(parts, bad = false) {
  said = { parts, bad };
  $("message").textContent = parts.map(([name, values]) => word(name, values)).join(" ");
  $("message").classList.toggle("bad", bad);
}

function showState() {
  $("state").dataset.state = state;
  $("state").textContent = word(`state.${state}`);
}

function showFigures() {
  for (const name of Object.keys(SLIDERS)) {
    const value = Number($(name).value);
    const text = name === "pitch" ? `${value > 0 ? "+" : ""}${value} ${word("semitones")}` : `${value} ×`;
    $(`${name}-value`).textContent = text;
    $(name).setAttribute("aria-valuetext", text);
  }
  const count = [...$("text").value].length;
  $("count").textContent = `${count} / ${limit}`;
  $("count").classList.toggle("bad", count > limit);
}

function seconds() {
  return wave.rate ? (wave.total / wave.rate).toFixed(1) : "0";
}

function speakLanguage() {
  if (!WORDS[language]) language = "en";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  document.title = word("title");
  for (const element of document.querySelectorAll("[data-say]")) element.textContent = word(element.dataset.say);
  $("language").textContent = word("other");
  $("language").lang = language === "zh" ? "en" : "zh-CN";
  $("player").setAttribute("aria-label", word("player"));
  $("wave").setAttribute("aria-label", word("wave", { seconds: seconds() }));
  if (said) say(said.parts, said.bad);
  showState();
  showFigures();
  showHistory();
}

function read() {
  const wish = { input: $("text").value.trim(), voice: $("voice").value };
  wish.emotion = document.querySelector("input[name=emotion]:checked").value;
  for (const name of Object.keys(SLIDERS)) wish[name] = Number($(name).value);
  return wish;
}

function write(wish) {
  $("text").value = wish.input;
  $("voice").value = wish.voice;
  if ($("voice").selectedIndex < 0) $("voice").value = "default";
  for (const radio of document.querySelectorAll("input[name=emotion]")) radio.checked = radio.value === wish.emotion;
  for (const name of Object.keys(SLIDERS)) $(name).value = wish[name];
  showFigures();
}

function showHistory() {
  const wishes = past();
  $("past").hidden = !wishes.length;
  $("history").replaceChildren(...wishes.map((wish) => {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "entry";
    button.title = word("again");
    const text = document.createElement("span");
    text.textContent = wish.input;
    text.lang = "zh-CN";
    const emotion = document.createElement("small");
    emotion.textContent = WORDS[language][wish.emotion] || "";
    button.append(text, emotion);
    button.addEventListener("click", () => {
      write(wish);
      $("form").requestSubmit();
    });
    const row = document.createElement("li");
    row.append(button);
    return row;
  }));
}

function headers() {
  const token = $("token").value.trim();
  return token ? { Authorization: `Bearer ${token}` } : {};
}

async function problem(answer) {
  let code = "other";
  try {
    code = (await answer.json()).error.code;
  } catch (error) {
    // Not the server's own answer: a proxy's page, perhaps.
  }
  const parts = [[WORDS[language][`error.${code}`] ? `error.${code}` : "error.other"]];
  const wait = Number(answer.headers.get("Retry-After"));
  if (wait) parts.push(["retry", { seconds: wait }]);
  say(parts, true);
  if (answer.status === 401) {
    $("key").hidden = false;
    $("token").focus();
  }
}

function follow(run) {
  const step = () => {
    if (running !== run) return;
    wave.draw(run.player && wave.total ? (run.player.heard() * wave.rate) / wave.total : 0);
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

async function play(answer, run) {
  wave.clear();
  wave.rate = Number(answer.headers.get("X-Sample-Rate"));
  run.player = new Player(wave.rate);
  $("result").hidden = false;
  $("player").hidden = $("download").hidden = true;
  follow(run);
  const reader = answer.body.getReader();
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
    const samples = new Int16Array(whole.buffer);
    wave.push(samples);
    run.player.push(samples);
    say([["playing"]]);
  }
}

function offer() {
  if (address) URL.revokeObjectURL(address);
  address = URL.createObjectURL(wavFile(wave.parts.map((part) => part.buffer), wave.rate));
  $("player").src = address;
  $("download").href = address;
  $("player").hidden = $("download").hidden = false;
  $("wave").setAttribute("aria-label", word("wave", { seconds: seconds() }));
}

async function ask(wish, run) {
  const answer = await fetch("/v1/audio/speech", {
    method: "POST",
    headers: { "Content-Type": "application/json", ...headers() },
    body: JSON.stringify({ ...wish, response_format: "pcm" }),
    signal: run.abort.signal,
  });
  if (!answer.ok) {
    await problem(answer);
    return;
  }
  await play(answer, run);
  offer();
  remember(wish);
  showHistory();
  await new Promise((done) => {
    setTimeout(done, run.player.left() * 1000);
    run.abort.signal.addEventListener("abort", done);
  });
  say([[run.abort.signal.aborted ? "stopped" : "made", { seconds: seconds() }]]);
}

async function speak(event) {
  event.preventDefault();
  const wish = read();
  if (!wish.input || [...wish.input].length > limit) {
    say([[wish.input ? "error.text_too_long" : "error.empty_text"]], true);
    $("text").focus();
    return;
  }
  if (running) running.abort.abort();
  const run = { abort: new AbortController(), player: null };
  running = run;
  $("player").pause();
  $("stop").disabled = false;
  say([["working"]]);
  try {
    await ask(wish, run);
  } catch (error) {
    if (run.abort.signal.aborted) {
      if (running === run) say([["stopped"]]);
    } else {
      say([[run.player ? "error.cut" : "error.away"]], true);
    }
  } finally {
    if (run.player) run.player.close();
    if (running === run) {
      running = null;
      $("stop").disabled = true;
      wave.draw(0);
    }
  }
}

async function watchState() {
  try {
    state = (await (await fetch("/health")).json()).status;
  } catch (error) {
    state = "away";
  }
  showState();
  if (state === "ready" || state === "busy") await loadVoices();
  setTimeout(watchState, STATE_SECONDS[state] * 1000);
}

async function loadVoices() {
  if ($("voice").options.length > 1) return;
  try {
    const [voices, described] = await Promise.all([
      fetch("/v1/audio/voices", { headers: headers() }).then((answer) => answer.json()),
      fetch("/openapi.json").then((answer) => answer.json()),
    ]);
    const { content } = described.paths["/v1/audio/speech"].post.requestBody;
    limit = content["application/json"].schema.properties.input.maxLength;
    $("voice").append(...voices.voices.map((voice) => new Option(voice.name, voice.id)));
    showFigures();
  } catch (error) {
    // Without a token the list stays closed; the default voice speaks all the same.
  }
}

function seek(event) {
  if (!$("player").duration || running) return;
  const box = $("wave").getBoundingClientRect();
  $("player").currentTime = ((event.clientX - box.left) / box.width) * $("player").duration;
}

for (const name of [...Object.keys(SLIDERS), "text"]) $(name).addEventListener("input", showFigures);
$("form").addEventListener("submit", speak);
$("stop").addEventListener("click", () => running && running.abort.abort());
$("reset").addEventListener("click", () => write({ ...SLIDERS, input: $("text").value, voice: "default", emotion: "neutral" }));
$("forget").addEventListener("click", () => { forget(); showHistory(); });
$("language").addEventListener("click", () => {
  language = language === "zh" ? "en" : "zh";
  keep("tts-language", language);
  speakLanguage();
});
$("token").value = kept("tts-token", "", "sessionStorage");
$("token").addEventListener("change", () => keep("tts-token", $("token").value, "sessionStorage"));
$("text").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("form").requestSubmit();
});
$("wave").addEventListener("click", seek);
$("player").addEventListener("timeupdate", () => wave.draw($("player").currentTime / $("player").duration || 0));
window.addEventListener("resize", () => wave.draw(0));
speakLanguage();
watchState();
