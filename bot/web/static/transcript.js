// The conversation: adds each new exchange to the log, as text only.
// `element`, `props` and `watch` come from Gradio; value is a cards.Exchange or null.

const words = props.words;
const log = element.querySelector(".log");
log.setAttribute("aria-label", words.conversation);

const node = (tag, className, text) => {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text != null) made.textContent = text;
  return made;
};

const hidden = (text) => node("span", "visually-hidden", text + " ");

const sourceLine = (card) => {
  const line = node("p", "source-line");
  if (card.speaker) line.append(node("span", "speaker", `${words.said_by} ${card.speaker}`), ". ");
  line.append(node("cite", null, card.source), ", ", node("span", "published", card.published), ". ");
  return line;
};

const cardNode = (card, number) => {
  const figure = node("figure", "card");
  const quote = node("blockquote", "quote", card.quote);
  const caption = node("figcaption");
  const marker = node("button", "marker", `[${number}]`);
  marker.type = "button";
  marker.setAttribute("aria-label", `${words.show_source} [${number}]: ${card.source}`);
  marker.addEventListener("click", () =>
    document.dispatchEvent(new CustomEvent("bot:source", { detail: { card, number, marker } })),
  );
  const line = sourceLine(card);
  line.append(marker);
  caption.append(line);
  figure.append(quote, caption);
  return figure;
};

const exchangeNodes = (exchange) => {
  const asked = node("div", "asked");
  asked.append(hidden(words.you_asked), node("p", null, exchange.question));
  const reply = node("div", `reply ${exchange.status}`);
  reply.dataset.status = exchange.status;
  reply.append(hidden(words.answer));
  const lines = exchange.notice ? exchange.notice.split("\n") : [];
  reply.append(...lines.map((line) => node("p", "notice", line)));
  exchange.answers.forEach((card, i) => reply.append(cardNode(card, i + 1)));
  if (exchange.nearest.length) {
    const related = node("details", "related");
    related.append(node("summary", null, words.related));
    exchange.nearest.forEach((card, i) => related.append(cardNode(card, i + 1)));
    reply.append(related);
  }
  return [asked, reply];
};

let last = null;
const show = () => {
  const exchange = props.value;
  if (!exchange || exchange.nonce === last) return;
  last = exchange.nonce;
  const nodes = exchangeNodes(exchange);
  log.append(...nodes);
  log.scrollTop = nodes[0].offsetTop - log.offsetTop;
};

watch("value", show);
show();
