// The call screen.
// Outcome tree: an input (or option) with data-asks="amount due" shows the [data-ask="amount"], [data-ask="due"] blocks of
// its form while it is chosen; the fields of all others are hidden and not sent. data-opens="id" on a button shows that
// second level in the place of the [data-level] that holds it; data-opens="" goes back to the first.
// A [data-load] in such a block is filled when the block first opens ("asked", see hx-trigger), and again when a
// [data-reload] field changes while it is open.
// Clock: see js/clock.js. Dialling: see js/dial.js.
import "./js/clock.js";
import "./js/dial.js";

function chosenIn(form) {
  const chosen = [...form.querySelectorAll("[data-asks]")].filter((item) => item.checked || item.selected);
  return chosen.filter((item) => !item.closest("[data-ask][hidden]"));
}

function showAsked(form) {
  const asked = new Set(chosenIn(form).flatMap((item) => item.dataset.asks.split(/\s+/)));
  let changed = false;
  for (const block of form.querySelectorAll("[data-ask]")) {
    const hidden = !asked.has(block.dataset.ask);
    changed ||= block.hidden !== hidden;
    block.hidden = hidden;
  }
  return changed;
}

function disableHidden(form) {
  for (const block of form.querySelectorAll("[data-ask]")) {
    for (const field of block.querySelectorAll("input, select, textarea")) field.disabled = Boolean(field.closest("[data-ask][hidden]"));
  }
}

// A block may hold the choice that asks for another block ("otra fecha…"): until nothing changes, at most three deep.
function refresh(form) {
  for (let depth = 0; depth < 3 && showAsked(form); depth += 1);
  disableHidden(form);
  load(form, ":empty");
}

function load(form, which = "") {
  for (const part of form.querySelectorAll(`[data-ask]:not([hidden]) > [data-load]${which}`)) part.dispatchEvent(new Event("asked"));
}

function openLevel(button) {
  const tree = button.closest("[data-tree]");
  const wanted = button.dataset.opens;
  for (const level of tree.querySelectorAll("[data-level]")) level.hidden = level.dataset.level !== wanted;
  tree.querySelector(`[data-level="${CSS.escape(wanted)}"] :is(input, button)`)?.focus();
}

function openChosenLevel(form) {
  const level = form.querySelector("[data-tree] [data-level] input:checked")?.closest("[data-level]");
  if (!level) return;
  for (const other of level.closest("[data-tree]").querySelectorAll("[data-level]")) other.hidden = other !== level;
}

document.addEventListener("click", ({ target }) => {
  const opener = target.closest?.("[data-opens]");
  if (opener) openLevel(opener);
});

document.addEventListener("change", ({ target }) => {
  const form = target.form ?? target.closest?.("form");
  if (!form?.querySelector("[data-ask]")) return;
  if (target === form) openChosenLevel(form);
  refresh(form);
  if (target.matches("[data-reload]")) load(form);
});

function prepare() {
  for (const form of document.querySelectorAll("form")) {
    if (!form.querySelector("[data-ask]")) continue;
    openChosenLevel(form);
    refresh(form);
  }
}

document.addEventListener("DOMContentLoaded", prepare);
document.addEventListener("htmx:afterSettle", prepare);
