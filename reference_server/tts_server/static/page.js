"use strict";
const MESSAGES = {
  empty_text: "请输入文本。 Please enter some text.",
  text_too_long: "文本太长。 The text is too long.",
  body_too_large: "文本太长。 The text is too long.",
  unspeakable_text: "这段文本里没有可以朗读的内容。 There is nothing to read aloud in this text.",
  engine_missing: "语音引擎尚未就绪。 The voice is not ready.",
};
const $ = (id) => document.getElementById(id);
let address = null;

function say(text, bad) {
  $("message").textContent = text;
  $("message").classList.toggle("bad", Boolean(bad));
}

async function problem(answer) {
  const fallback = "合成失败，请稍后再试。 Speech failed, please try again.";
  try {
    return MESSAGES[(await answer.json()).code] || fallback;
  } catch (error) {
    return fallback;
  }
}

async function speak(event) {
  event.preventDefault();
  $("speak").disabled = true;
  say("正在合成… Working…");
  try {
    const answer = await fetch("/api/tts", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ text: $("text").value, emotion: $("emotion").value }),
    });
    if (!answer.ok) {
      say(await problem(answer), true);
      return;
    }
    if (address) URL.revokeObjectURL(address);
    address = URL.createObjectURL(await answer.blob());
    $("player").src = address;
    $("download").href = address;
    $("result").hidden = false;
    say("");
    $("player").play().catch(() => {});
  } catch (error) {
    say("连不上服务器。 The server cannot be reached.", true);
  } finally {
    $("speak").disabled = false;
  }
}

$("form").addEventListener("submit", speak);
