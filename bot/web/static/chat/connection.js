// Tells when a question cannot be sent or no answer comes, and lets the next one be asked. Gradio
// itself would wait for ever, or load the page anew once the server is back, and what was typed
// would be gone. So what it asks of its queue goes through here, and every failure reaches it as
// an answer that failed.

import { words } from "./words.js";

const JOIN = /\/gradio_api\/queue\/join/;
const STREAM = /\/gradio_api\/queue\/data/;
const PATIENCE_MS = 30_000;

const plain = window.fetch.bind(window);
const pending = new Set(); // the ids of questions that were sent and not answered
let live = null; // the stream of answers, while one is open
let waiting;

const tell = (text) => document.dispatchEvent(new CustomEvent("bot:problem", { detail: text }));

// What the queue would have sent, had it failed itself.
const failure = () => {
  const messages = [...pending].map((id) => ({
    msg: "process_completed",
    event_id: id,
    output: { error: null },
    success: false,
  }));
  pending.clear();
  const lines = [...messages, { msg: "close_stream", event_id: null }];
  return new TextEncoder().encode(lines.map((line) => `data: ${JSON.stringify(line)}\n\n`).join(""));
};

const join = async (...call) => {
  try {
    const reply = await plain(...call);
    const body = await reply.clone().json().catch(() => ({}));
    if (reply.ok) pending.add(body.event_id);
    else tell(body.detail ?? words.failed);
    return reply;
  } catch {
    tell(words.failed);
    return Response.json({ detail: words.failed }, { status: 503 });
  }
};

const giveUp = () => {
  if (!live || pending.size === 0) return;
  live.enqueue(failure());
  live.close();
  live = null;
  tell(words.failed);
};

// Notes which questions a stream answers; a line may come in two parts.
const noteAnswers = () => {
  const decoder = new TextDecoder();
  let rest = "";
  return (part) => {
    const lines = (rest + decoder.decode(part, { stream: true })).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      if (!line.startsWith("data:")) continue;
      const { msg, event_id } = JSON.parse(line.slice(5));
      if (msg === "process_completed") pending.delete(event_id);
    }
  };
};

const watched = (body, signal) =>
  new ReadableStream({
    async start(controller) {
      live = controller;
      const reader = body.getReader();
      const note = noteAnswers();
      try {
        for (let part = await reader.read(); !part.done; part = await reader.read()) {
          if (live !== controller) return; // given up meanwhile
          note(part.value);
          controller.enqueue(part.value);
        }
      } catch (error) {
        if (signal?.aborted) {
          live = null; // Gradio ends a stream when all is answered
          controller.error(error);
          return;
        }
      }
      giveUp();
      if (live === controller) controller.close();
      live = null;
    },
  });

const stream = async (...call) => {
  const headers = { "Content-Type": "text/event-stream" };
  try {
    const reply = await plain(...call);
    if (reply.ok) return new Response(watched(reply.body, call[1]?.signal), { headers });
  } catch (error) {
    if (call[1]?.signal?.aborted) throw error;
  }
  tell(words.failed);
  return new Response(failure(), { headers });
};

const address = (request) => request?.url ?? String(request);

window.fetch = (...call) => {
  const to = address(call[0]);
  if (JOIN.test(to)) return join(...call);
  return STREAM.test(to) ? stream(...call) : plain(...call);
};

document.addEventListener("bot:asked", () => {
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    tell(words.failed);
    giveUp();
  }, PATIENCE_MS);
});

for (const end of ["bot:reply", "bot:problem"]) {
  document.addEventListener(end, () => clearTimeout(waiting));
}
