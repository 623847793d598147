// Inside a frame on another site's page: tells that page (and none but the allowed ones) how high
// the content is, and when Escape asks to close. It says nothing else, and reads nothing of it.

const NAME = "parent-question-bot";
const VERSION = 1;
const { sites } = JSON.parse(document.getElementById("bot-frame")?.textContent ?? '{"sites":[]}');

let home = null; // the origin of the page around, once it has said hello

const tell = (kind, more = {}) => {
  if (home) parent.postMessage({ name: NAME, version: VERSION, kind, ...more }, home);
};

const tellHeight = () =>
  tell("height", { height: document.querySelector(".gradio-container")?.scrollHeight ?? 0 });

const sizes = new ResizeObserver(tellHeight);

addEventListener("message", (event) => {
  if (parent === window || event.source !== parent || !sites.includes(event.origin)) return;
  const { name, version, kind } = event.data ?? {};
  if (name !== NAME || version !== VERSION || kind !== "hello") return;
  home = event.origin;
  tell("ready");
  tellHeight();
  sizes.observe(document.body);
});

// In the source panel Escape goes back to the quote; everywhere else it leaves the frame.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.isComposing && !event.target.closest?.("#source")) tell("close");
});
