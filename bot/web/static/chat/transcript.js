// The conversation: each reply is drawn by the server (html/exchange.html, every value escaped)
// and added at the end, so that a screen reader reads only what is new.

import { words } from "./words.js";

const log = () => document.querySelector("#transcript .log");
const box = () => document.querySelector("#question textarea");
const status = () => document.querySelector("#status .progress");
const problem = () => document.querySelector("#status .problem");

const PROGRESS_AFTER_MS = 300;
let slow; // tells, after a while, that it takes a while

let number = 0; // of the question asked last
let forgotten = 0; // up to this one nothing may come back
let previous = null; // the question that was answered last
let pending = false;
let wantsMore = false; // somebody pressed Enter before the answer was there

const tell = (text) => {
  clearTimeout(slow);
  status().textContent = text;
};

const end = (text) => {
  pending = false;
  tell(text);
};

// page.py sends along what this listener puts into the event.
document.addEventListener("bot:asked", (event) => {
  number += 1;
  event.detail.number = number;
  event.detail.question = previous;
  pending = true;
  wantsMore = false;
  problem().textContent = "";
  tell("");
  slow = setTimeout(() => tell(words.looking), PROGRESS_AFTER_MS);
});

const wantsToAsk = (event) =>
  event.type === "click"
    ? event.target.closest("#question button")
    : event.target === box() && event.key === "Enter" && !event.shiftKey;

for (const kind of ["click", "keydown"]) {
  document.addEventListener(kind, (event) => {
    if (!pending || !wantsToAsk(event)) return;
    wantsMore = true;
    tell(words.please_wait);
  });
}

document.addEventListener("bot:reply", (event) => {
  const reply = event.detail;
  if (reply.number <= forgotten) return;
  end(wantsMore ? words.ask_next : "");
  previous = reply.question;
  const template = document.createElement("template");
  template.innerHTML = reply.html;
  const exchange = template.content.firstElementChild;
  log().querySelector(".empty")?.remove();
  log().append(exchange);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  exchange.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
});

const complain = (text) => {
  end("");
  problem().textContent = text;
  box().setAttribute("aria-invalid", "true");
};

document.addEventListener("bot:problem", (event) => complain(event.detail));

// Gradio tells of every failure; one that was told more exactly stays as it was told.
document.addEventListener("bot:failed", () => {
  if (pending) complain(words.failed);
});

document.addEventListener("input", (event) => {
  if (event.target !== box()) return;
  problem().textContent = "";
  box().removeAttribute("aria-invalid");
});

document.addEventListener("bot:clear", () => {
  forgotten = number;
  previous = null;
  end("");
  problem().textContent = "";
  const empty = document.createElement("p");
  empty.className = "empty";
  empty.textContent = words.cleared;
  log().replaceChildren(empty);
  box().focus();
});
