// The question being typed: how many letters are left, and a question out of the address.

import { words } from "./words.js";

const box = () => document.querySelector("#question textarea");
const NEAR_THE_LIMIT = 0.8;

const count = (typed) => {
  const counter = document.querySelector("#status .counter");
  const longest = Number(counter.dataset.longest);
  const left = longest - [...typed.trim()].length;
  const sentence = left < 0 ? words.letters_over : words.letters_left;
  const near = left < longest * (1 - NEAR_THE_LIMIT);
  counter.textContent = near ? sentence.replace("{count}", Math.abs(left)) : "";
};

document.addEventListener("input", (event) => {
  if (event.target === box()) count(event.target.value);
});

// Gradio empties the box without an input event.
document.addEventListener("bot:reply", () => requestAnimationFrame(() => count(box().value)));

// "#q=…" fills the box and never sends: anybody can make a link. What stands there stays.
const fill = () => {
  const asked = new URLSearchParams(location.hash.slice(1)).get("q");
  if (!asked || box().value) return;
  box().value = asked;
  box().dispatchEvent(new Event("input", { bubbles: true }));
};

addEventListener("hashchange", fill);

// The box comes when Gradio has drawn the page.
const drawn = new MutationObserver(() => {
  const counter = document.querySelector("#status .counter");
  if (!box() || !counter) return;
  drawn.disconnect();
  box().setAttribute("aria-label", words.question_label);
  box().setAttribute("aria-describedby", "question-hint counter problem");
  fill();
});
drawn.observe(document.documentElement, { childList: true, subtree: true });
