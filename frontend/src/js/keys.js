// data-key="n" on a button, link or field: the key presses it (a field takes the focus), when nothing is being typed.
// data-key="ctrl+enter" works in fields too. Only what can be seen and used answers. Escape leaves a field: after it,
// keys are keys again (a call that nobody answers is saved without the mouse).
const typed = new Set(["text", "search", "tel", "email", "url", "number", "password", "date", "datetime-local", "time", "month"]);

function isTyping(element) {
  if (element.isContentEditable || element.matches("textarea, select")) return true;
  return element.matches("input") && typed.has(element.type);
}

function nameOf(event) {
  return (event.ctrlKey || event.metaKey ? "ctrl+" : "") + (event.altKey ? "alt+" : "") + event.key.toLowerCase();
}

function isUsable(element) {
  return !element.disabled && element.getAttribute("aria-disabled") !== "true" && isShown(element);
}

function isShown(element) {
  return element.checkVisibility ? element.checkVisibility() : element.getClientRects().length > 0;
}

function carrierOf(name) {
  const scope = document.querySelector("dialog[open]") || document;
  const carriers = scope.querySelectorAll(`[data-key="${CSS.escape(name)}"]`);
  return [...carriers].find(isUsable);
}

// What opens a dialog does not take the focus first: the dialog gives it back to where it was.
function press(element) {
  if (!element.dataset.dialog) element.focus();
  if (isTyping(element)) element.select?.();
  else element.click();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing || event.repeat) return;
  const name = nameOf(event);
  if (!name.startsWith("ctrl+") && isTyping(event.target)) {
    if (name === "escape") event.target.blur();
    return;
  }
  const element = carrierOf(name);
  if (!element) return;
  event.preventDefault();
  press(element);
});
