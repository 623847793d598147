// Runs inside Gradio, with its `props` and `watch`: hands each reply on to static/chat/.
watch("value", () => {
  const reply = props.value;
  document.dispatchEvent(
    reply ? new CustomEvent("bot:reply", { detail: reply }) : new CustomEvent("bot:clear"),
  );
});
