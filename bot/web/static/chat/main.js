// The chat's own behaviour, around what Gradio draws. Gradio's parts tell of a reply, a problem
// or the start of a question by events on the document (see page.py); these modules listen.

import "./composer.js";
import "./connection.js";
import "./frame.js";
import "./quote.js";
import "./source.js";
import "./transcript.js";
