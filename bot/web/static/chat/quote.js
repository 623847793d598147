// What can be done with a quote: copy it, say whether it helped, have an abbreviation explained.

import { words } from "./words.js";

const copyText = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false; // not over https, or not allowed by a page around this one
  }
};

const selectQuote = (card) => {
  const range = document.createRange();
  range.selectNodeContents(card.querySelector(".quote"));
  const selection = getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
};

const copy = async (button) => {
  const card = button.closest(".card");
  const link = new URL(button.dataset.link, document.baseURI).href;
  const quote = card.querySelector(".quote").textContent;
  const copied = await copyText(`${quote}\n\n${button.dataset.source}\n${link}`);
  if (!copied) selectQuote(card);
  card.querySelector(".done").textContent = copied ? words.copied : words.copy_by_hand;
};

const vote = async (form, button) => {
  const fields = new URLSearchParams(new FormData(form));
  fields.set(button.name, button.value);
  const done = form.querySelector(".done");
  try {
    const reply = await fetch(form.action, {
      method: "POST",
      body: fields,
      headers: { Accept: "application/json" },
    });
    done.textContent = (await reply.json()).detail;
  } catch {
    done.textContent = words.no_vote;
  }
};

const explain = (term) => {
  const meaning = document.getElementById(term.getAttribute("aria-controls"));
  meaning.hidden = !meaning.hidden;
  term.setAttribute("aria-expanded", String(!meaning.hidden));
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("#transcript .copy");
  if (button) copy(button);
  const term = event.target.closest("#transcript .term");
  if (term) explain(term);
});

document.addEventListener("keydown", (event) => {
  const term = event.target.closest?.("#transcript .term");
  if (term && (event.key === "Enter" || event.key === " ")) {
    event.preventDefault();
    explain(term);
  }
});

document.addEventListener("submit", (event) => {
  const form = event.target.closest("#transcript .tools");
  if (!form) return;
  event.preventDefault();
  vote(form, event.submitter);
});
