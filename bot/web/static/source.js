// The source panel: the paragraph of the chosen quote, the quote marked inside it.
// Listens for "bot:source", which a marker in the transcript sends.

const words = props.words;
const panel = element.querySelector(".source");
let marker = null;

const node = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text != null) made.textContent = text;
  return made;
};

panel.append(node("h2", null, words.source), node("p", "empty", words.source_empty));
panel.setAttribute("aria-label", words.source);

const show = (card, number) => {
  const passage = node("p", "passage");
  passage.append(card.before, node("mark", null, card.quote), card.after);
  const link = node("a", "open-article", words.open_article);
  link.href = card.link;
  link.target = "_blank";
  link.rel = "noopener noreferrer";
  link.append(node("span", "visually-hidden", ` ${words.new_tab}`));
  panel.replaceChildren(
    node("h2", null, `${words.source} [${number}]`),
    node("p", "title", card.title),
    node("p", "source-line", `${card.source}, ${card.published}`),
    passage,
    link,
  );
  panel.focus({ preventScroll: true });
  panel.scrollIntoView({ block: "nearest" });
};

document.addEventListener("bot:source", (event) => {
  marker?.removeAttribute("aria-current");
  marker = event.detail.marker;
  marker.setAttribute("aria-current", "true");
  show(event.detail.card, event.detail.number);
});

panel.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && marker) marker.focus();
});
