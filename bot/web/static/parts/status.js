// Runs inside Gradio, with its `props` and `watch`: hands each problem on to static/chat/.
watch("value", () => {
  if (props.value) document.dispatchEvent(new CustomEvent("bot:problem", { detail: props.value.text }));
});
