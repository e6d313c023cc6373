// <form data-upload hx-boost="true" enctype="multipart/form-data"> with a <label class="drop"> around its file input:
// a file may be dropped on it; the size of what was chosen is shown in [data-file]; <progress data-sent> tells how much has gone up.
const sizeText = (bytes) =>
  bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1).replace(".", ",")} MB`;

function showFile(input) {
  const place = input.form.querySelector("[data-file]");
  if (place) place.textContent = [...input.files].map((file) => sizeText(file.size)).join(", ");
  // Too large a file is told before it travels; the server says the same.
  const { mostMb, tooLarge } = input.form.dataset;
  const over = mostMb && [...input.files].some((file) => file.size > Number(mostMb) * 1024 * 1024);
  input.setCustomValidity(over ? tooLarge : "");
  if (over) input.reportValidity();
}

const dropOf = (event) => event.target.closest?.("form[data-upload] .drop");

document.addEventListener("dragover", (event) => {
  const drop = dropOf(event);
  if (!drop) return;
  event.preventDefault();
  drop.classList.add("drop-over");
});

document.addEventListener("dragleave", (event) => dropOf(event)?.classList.remove("drop-over"));

document.addEventListener("drop", (event) => {
  const drop = dropOf(event);
  if (!drop) return;
  event.preventDefault();
  drop.classList.remove("drop-over");
  const input = drop.querySelector('input[type="file"]');
  input.files = event.dataTransfer.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
});

document.addEventListener("change", ({ target }) => {
  if (target.matches('form[data-upload] input[type="file"]')) showFile(target);
});

document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
  const bar = target.querySelector?.("progress[data-sent]");
  if (!bar || !detail.lengthComputable) return;
  bar.hidden = false;
  bar.max = detail.total;
  bar.value = detail.loaded;
});
