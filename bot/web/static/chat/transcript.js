// The conversation: each reply is drawn by the server (html/exchange.html, every value escaped)
// and added at the end, so that a screen reader reads only what is new.

import { words } from "./words.js";

const log = () => document.querySelector("#transcript .log");
const status = () => document.querySelector("#status .progress");
const problem = () => document.querySelector("#status .problem");

const PROGRESS_AFTER_MS = 300;
let waiting;

const tell = (text) => {
  clearTimeout(waiting);
  status().textContent = text;
};

document.addEventListener("bot:asked", () => {
  problem().textContent = "";
  tell("");
  waiting = setTimeout(() => tell(words.looking), PROGRESS_AFTER_MS);
});

document.addEventListener("bot:reply", (event) => {
  tell("");
  const template = document.createElement("template");
  template.innerHTML = event.detail.html;
  const exchange = template.content.firstElementChild;
  log().querySelector(".empty")?.remove();
  log().append(exchange);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  exchange.scrollIntoView({ block: "nearest", behavior: calm ? "auto" : "smooth" });
});

document.addEventListener("bot:problem", (event) => {
  tell("");
  problem().textContent = event.detail;
});

document.addEventListener("bot:clear", () => {
  problem().textContent = "";
  const empty = document.createElement("p");
  empty.className = "empty";
  empty.textContent = words.cleared;
  log().replaceChildren(empty);
  document.querySelector("#question textarea").focus();
});
