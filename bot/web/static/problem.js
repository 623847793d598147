// Why the last question could not be asked; empty when it could.

const problem = element.querySelector(".problem");
const show = () => {
  problem.textContent = props.value?.text ?? "";
};

watch("value", show);
show();
