// The words of the page, by name (bot/interface.toml); the server puts them into the document.

export const words = JSON.parse(document.getElementById("bot-words").textContent);
