// <form data-keep="key">: what is typed survives a reload of this tab under that key (one call, one key).
// After the form was sent, the next page that does not carry the key again clears it: then the deed was saved.
const prefix = "kept:";
const sentMark = "kept-sent";
const skipped = new Set(["hidden", "password", "file", "submit", "button"]);

const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !skipped.has(field.type));

function valuesOf(form) {
  const values = {};
  for (const field of fieldsOf(form)) {
    if (field.type === "radio" || field.type === "checkbox") {
      values[field.name] ??= [];
      if (field.checked) values[field.name].push(field.value);
    } else values[field.name] = [field.value];
  }
  return values;
}

function restore(form) {
  const kept = sessionStorage.getItem(prefix + form.dataset.keep);
  if (!kept) return;
  const values = JSON.parse(kept);
  for (const field of fieldsOf(form)) {
    const value = values[field.name];
    if (!value) continue; // it came to the form after this was kept: it stays as the page gives it
    if (field.type === "radio" || field.type === "checkbox") field.checked = value.includes(field.value);
    else field.value = value[0];
  }
  form.dispatchEvent(new Event("change", { bubbles: true }));
}

function clearSaved() {
  const key = sessionStorage.getItem(sentMark);
  if (!key) return;
  sessionStorage.removeItem(sentMark);
  if (!document.querySelector(`form[data-keep="${CSS.escape(key)}"]`)) sessionStorage.removeItem(prefix + key);
}

function clearAll() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(prefix)) sessionStorage.removeItem(key);
}

function keep({ target }) {
  const form = target.form ?? target;
  if (form.matches?.("form[data-keep]")) sessionStorage.setItem(prefix + form.dataset.keep, JSON.stringify(valuesOf(form)));
}

document.addEventListener("input", keep);
document.addEventListener("change", keep);
document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (!defaultPrevented && target.matches("form[data-keep]")) sessionStorage.setItem(sentMark, target.dataset.keep);
});

document.addEventListener("DOMContentLoaded", () => {
  clearSaved();
  // Nobody is signed in any more: the next person at this desk finds nothing.
  if (document.body.hasAttribute("data-signed-out")) clearAll();
  for (const form of document.querySelectorAll("form[data-keep]")) restore(form);
});
