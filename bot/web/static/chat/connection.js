// Tells when a question cannot be sent or no answer comes. Gradio itself would wait for ever, or
// load the page anew once the server is back, and what was typed would be gone.

import { words } from "./words.js";

const JOIN = /\/gradio_api\/queue\/join/;
const PATIENCE_MS = 30_000;
let waiting;

const tell = (text) => {
  clearTimeout(waiting);
  document.dispatchEvent(new CustomEvent("bot:problem", { detail: text }));
};

const address = (request) => request?.url ?? String(request);

const send = window.fetch;
window.fetch = async (request, ...rest) => {
  if (!JOIN.test(address(request))) return send(request, ...rest);
  try {
    const reply = await send(request, ...rest);
    if (!reply.ok) tell((await reply.clone().json().catch(() => ({}))).detail ?? words.failed);
    return reply;
  } catch {
    tell(words.failed);
    return Response.json({ detail: words.failed }, { status: 503 });
  }
};

document.addEventListener("bot:asked", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => tell(words.failed), PATIENCE_MS);
});

for (const end of ["bot:reply", "bot:problem"]) {
  document.addEventListener(end, () => clearTimeout(waiting));
}
