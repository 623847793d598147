// The source panel: the sentence before, the quote marked, the sentence after. A marker under a
// quote opens it; Escape, or its own button, goes back to that marker.

import { words } from "./words.js";

const panel = () => document.querySelector("#source .source");
let marker = null;

const heading = (text) => {
  const made = document.createElement("h2");
  made.textContent = text;
  return made;
};

const goBack = () => {
  if (marker?.isConnected) marker.focus();
};

const open = (pressed) => {
  marker?.removeAttribute("aria-current");
  marker = pressed;
  marker.setAttribute("aria-current", "true");
  const back = document.createElement("button");
  back.type = "button";
  back.className = "back";
  back.textContent = words.close_source;
  back.addEventListener("click", goBack);
  const passage = marker.closest(".card").querySelector("template.source-of").content;
  panel().replaceChildren(
    heading(`${words.source} ${marker.textContent}`),
    passage.cloneNode(true),
    back,
  );
  panel().focus({ preventScroll: true });
  panel().scrollIntoView({ block: "nearest" });
};

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("#transcript .marker");
  if (pressed) open(pressed);
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && panel()?.contains(document.activeElement)) goBack();
});

document.addEventListener("bot:clear", () => {
  marker = null;
  const empty = document.createElement("p");
  empty.textContent = words.source_empty;
  panel().replaceChildren(heading(words.source), empty);
});
