// Puts the chat into a page of another site. Settings are data- attributes of the script element;
// docs/embedding.md has them. Reads nothing of the page but that element and the placeholder, and
// asks nothing of the network before somebody opens the chat.
((words) => {
  const script = document.currentScript;
  if (!script) return console.warn("parent-question-bot: load embed.js without type=module.");
  const settings = script.dataset;
  const service = new URL(".", script.src);
  const VERSION = 1;
  const NAME = "parent-question-bot";
  const PATIENCE_MS = 60000; // for the frame to load
  const SILENCE_MS = 10000; // after that, for it to say that it is ours
  const LEAST = 200;
  const MOST = 4000;
  const warn = (text) => console.warn(`${NAME}: ${text}`);

  const oneOf = (name, allowed) => {
    const given = settings[name];
    if (given === undefined || allowed.includes(given)) return given ?? allowed[0];
    warn(`data-${name}="${given}" is not known; use one of ${allowed.join(", ")}.`);
    return allowed[0];
  };

  // The relative luminance of a colour and the contrast of two, as WCAG defines them.
  const luminance = (hex) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = parseInt(hex.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  };
  const FALLBACK = "#1d5c63";
  const colour = () => {
    const given = settings.colour ?? FALLBACK;
    if (!/^#[0-9a-f]{6}$/i.test(given)) {
      warn(`data-colour="${given}" is no colour; write it like ${FALLBACK}.`);
      return FALLBACK;
    }
    if (contrast(given, "#ffffff") >= 4.5 || contrast(given, "#000000") >= 7) return given;
    warn(`data-colour="${given}" is hard to read on; use a darker or a much lighter one.`);
    return FALLBACK;
  };
  const height = () => {
    const given = settings.height ?? "640";
    if (given === "auto" || (/^\d+$/.test(given) && given >= 300 && given <= MOST)) return given;
    warn(`data-height="${given}" cannot be; use a number from 300 to ${MOST}, or auto.`);
    return "640";
  };

  const label = (settings.label ?? "").trim().slice(0, 60) || words.title;
  const theme = oneOf("theme", ["auto", "light", "dark"]);
  const corner = oneOf("corner", ["bottom-right", "bottom-left"]);

  // One frame: made when it is first wanted; told of its parent, asked for its height.
  const makeFrame = ({ onHeight, onClose, onFailure }) => {
    const frame = document.createElement("iframe");
    const address = new URL("embed", service);
    if (theme !== "auto") address.searchParams.set("__theme", theme);
    frame.src = address.href;
    frame.title = label;
    frame.allow = "clipboard-write";
    frame.referrerPolicy = "no-referrer";
    const tell = (kind) =>
      frame.contentWindow?.postMessage({ name: NAME, version: VERSION, kind }, service.origin);
    const ended = new AbortController();
    const fail = () => {
      ended.abort();
      if (!frame.isConnected) return;
      warn(`the chat did not open; is ${self.origin} in EMBED_SITES of ${service.origin}?`);
      onFailure(frame.getRootNode().activeElement === frame);
    };
    let failing = setTimeout(fail, PATIENCE_MS);
    frame.addEventListener("load", () => {
      clearTimeout(failing);
      if (ended.signal.aborted) return;
      failing = setTimeout(fail, SILENCE_MS);
      tell("hello");
    });
    const hear = (event) => {
      if (event.origin !== service.origin || event.source !== frame.contentWindow) return;
      const { name, version, kind, height } = event.data ?? {};
      if (name !== NAME || version !== VERSION) return;
      if (kind === "ready") clearTimeout(failing);
      if (kind === "close") onClose?.();
      if (kind === "height" && Number.isFinite(height) && height > 0)
        onHeight?.(Math.min(MOST, Math.max(LEAST, Math.ceil(height))));
    };
    addEventListener("message", hear, { signal: ended.signal });
    return frame;
  };

  const style = (node, rules) => {
    for (const [name, value] of Object.entries(rules))
      node.style.setProperty(name, value, "important"); // before whatever the page says
    return node;
  };

  const failure = () => {
    const note = style(document.createElement("p"), { margin: "0", padding: "16px" });
    const link = document.createElement("a");
    link.href = service.href;
    link.target = "_blank";
    link.rel = "noopener noreferrer";
    link.textContent = words.open_full_page;
    note.setAttribute("role", "alert");
    note.append(`${words.service_down} `, link);
    return { note, link };
  };

  // Inside a placeholder: its link (or a button of ours) opens the chat in its place.
  const inline = (place) => {
    const opener = place.querySelector("a") ?? place.appendChild(document.createElement("button"));
    if (!opener.textContent.trim()) opener.textContent = label;
    opener.setAttribute("role", "button");
    opener.setAttribute("aria-expanded", "false");
    const open = (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return; // a new tab
      event.preventDefault();
      const size = height();
      const frame = makeFrame({
        onHeight: size === "auto" ? (high) => style(frame, { height: `${high}px` }) : undefined,
        onFailure: (focused) => {
          const { note, link } = failure();
          frame.replaceWith(note);
          if (focused) link.focus();
        },
      });
      style(frame, {
        display: "block",
        position: "static",
        visibility: "visible",
        width: "100%",
        height: size === "auto" ? "640px" : `${size}px`,
        border: "0",
      });
      place.replaceChildren(frame);
      frame.focus();
    };
    opener.addEventListener("click", open);
    opener.addEventListener("keydown", (event) => {
      if (event.key === " ") open(event);
    });
  };

  const SHEET = `
    button { font: 600 16px/1.2 system-ui, sans-serif; cursor: pointer; border: 2px solid; }
    .open { position: fixed; bottom: 16px; z-index: 2147483000; min-height: 48px;
      max-width: calc(100vw - 32px); padding: 8px 20px; border-radius: 24px; }
    .panel { position: fixed; bottom: 80px; z-index: 2147483001; display: flex;
      flex-direction: column; width: min(440px, calc(100vw - 32px)); overflow: hidden;
      overscroll-behavior: contain; height: min(680px, calc(100dvh - 96px)); border: 1px solid #6c797d; border-radius: 12px;
      background: #fff; color: #1c2326; font: 16px/1.5 system-ui, sans-serif; }
    .panel[hidden] { display: none }
    .close { flex: none; min-height: 44px; border-width: 0 0 1px; }
    iframe { flex: 1; width: 100%; min-height: 0; border: 0 }
    .bottom-right { right: 16px } .bottom-left { left: 16px }
    :focus-visible { outline: 3px solid #1d5c63; outline-offset: -3px; box-shadow: 0 0 0 3px #fff }
    @media (max-width: 480px), (max-height: 480px) {
      .panel { inset: 0; width: 100%; height: 100dvh; border: 0; border-radius: 0 }
    }
    @media (prefers-color-scheme: dark) { .panel:not(.light) { background: #14191b; color: #e8edee } }
    .panel.dark { background: #14191b; color: #e8edee }`;

  // A button in a corner that opens a panel; all in a shadow root, so that no style leaks.
  const launcher = () => {
    // Fixed and without size, whatever the page says: it takes no part in its layout.
    const host = style(document.createElement("div"), {
      all: "initial",
      display: "block",
      position: "fixed",
      inset: "auto 0 0 auto",
      width: "0",
      height: "0",
      "z-index": "2147483000",
    });
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(SHEET);
    root.adoptedStyleSheets = [sheet];
    const make = (tag, className) => {
      const made = document.createElement(tag);
      made.className = className;
      return root.appendChild(made);
    };
    const button = make("button", `open ${corner}`);
    const panel = make("div", `panel ${corner} ${theme}`);
    const back = colour();
    const paint = { background: back, color: contrast(back, "#ffffff") >= 4.5 ? "#fff" : "#000" };
    style(button, paint);
    button.type = "button";
    button.textContent = label;
    button.setAttribute("aria-expanded", "false");
    panel.hidden = true;
    panel.setAttribute("role", "dialog");
    panel.setAttribute("aria-label", label);
    const close = style(panel.appendChild(document.createElement("button")), paint);
    close.type = "button";
    close.className = "close";
    close.textContent = words.close;
    const show = (open) => {
      panel.hidden = !open;
      button.setAttribute("aria-expanded", String(open));
    };
    const leave = () => {
      show(false);
      button.focus();
    };
    let frame = null;
    let note = null;
    button.addEventListener("click", () => {
      if (!panel.hidden) return leave();
      show(true);
      if (!frame) note?.remove();
      frame ??= panel.appendChild(
        makeFrame({
          onClose: leave,
          onFailure: (focused) => {
            const failed = failure();
            note = failed.note;
            frame.replaceWith(note);
            frame = null;
            if (focused) failed.link.focus();
          },
        }),
      );
      return frame.focus();
    });
    close.addEventListener("click", leave);
    root.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !event.isComposing && !panel.hidden) leave();
    });
    document.body.append(host);
    return host;
  };

  const LAUNCHER = Symbol.for(NAME);

  const start = () => {
    const place = settings.target
      ? document.querySelector(`#${CSS.escape(settings.target.replace(/^#/, ""))}`)
      : document.querySelector(`[data-${NAME}]:not([data-filled])`);
    if (settings.target && !place) {
      warn(`data-target="${settings.target}" names no element; a button in the corner is used.`);
    }
    if (place && "filled" in place.dataset) {
      warn(`data-target="${settings.target}" has a chat already; this snippet does nothing.`);
    } else if (place) {
      place.dataset.filled = "";
      inline(place);
    } else if (window[LAUNCHER]?.isConnected) {
      warn("there is a button for the chat on this page already; this snippet does nothing.");
    } else {
      window[LAUNCHER] = launcher();
    }
  };

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})(/* words */ {});
