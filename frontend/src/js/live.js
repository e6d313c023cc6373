// <div data-live data-version hx-get hx-trigger="every 30s, look"> holds [data-part]s (reports/_live.html). Each answer is
// compared part by part and only those that differ are changed, so that focus, scroll and charts stay; nothing is changed
// while somebody types, selects, sends or reads a dialog. "Nothing new" is 304. An answer without the server's mark is no
// answer of the page (a login page, an error): the line above says so in words.
import htmx from "htmx.org";

const mark = "Telecobro-At";
const seen = new WeakMap();
const isLive = (element) => element instanceof Element && element.matches("[data-live]");
const partsOf = (place) => [...place.querySelectorAll("[data-part]")];
// What the server wrote; a form's token is new in every answer.
const written = (part) => part.outerHTML.replace(/(name="csrf_token" value=")[^"]*/g, "$1");

function isBusy(live) {
  const here = document.activeElement;
  const chosen = document.getSelection();
  if (document.querySelector("dialog[open]")) return true;
  if (live.contains(here) && here.matches("input, select, textarea")) return true;
  if (chosen && !chosen.isCollapsed && live.contains(chosen.anchorNode)) return true;
  return live.querySelector('[aria-busy="true"], details.menu[open]') !== null;
}

// Where the focus is: by the nearest name in the part, never by place alone (a row may have moved).
function focusIn(part) {
  const here = document.activeElement;
  if (!part.contains(here)) return null;
  const named = here.closest("[id]");
  return { id: part.contains(named) ? named.id : null, href: here.getAttribute("href") };
}

function focusAgain(part, spot) {
  const scope = spot.id === part.id ? part : part.querySelector(`[id="${CSS.escape(spot.id ?? "")}"]`);
  if (!scope) return;
  const link = spot.href && scope.querySelector(`a[href="${CSS.escape(spot.href)}"]`);
  const target = link || (scope === part ? null : scope.querySelector("button, a[href]"));
  target?.focus({ preventScroll: true });
}

function change(old, fresh) {
  const scrolled = [...old.querySelectorAll(".table-scroll")].map((box) => [box.getAttribute("aria-label"), box.scrollLeft]);
  const spot = focusIn(old);
  seen.set(fresh, written(fresh));
  old.replaceWith(fresh);
  for (const [label, left] of scrolled) {
    const box = fresh.querySelector(`.table-scroll[aria-label="${CSS.escape(label)}"]`);
    if (box) box.scrollLeft = left;
  }
  htmx.process(fresh);
  htmx.trigger(fresh, "htmx:load");
  if (spot) focusAgain(fresh, spot);
}

function renew(live, html) {
  const answer = new DOMParser().parseFromString(html, "text/html");
  for (const fresh of partsOf(answer)) {
    const old = document.getElementById(fresh.id);
    if (old && seen.get(old) !== written(fresh)) change(old, document.adoptNode(fresh));
  }
  say("summary", partsOf(live).find((part) => part.dataset.says)?.dataset.says);
}

function say(what, text) {
  const place = document.querySelector(`[data-live-${what}]`);
  if (place && text && place.textContent !== text) place.textContent = text;
}

function trouble(kind) {
  for (const word of document.querySelectorAll("[data-trouble]")) word.hidden = word.dataset.trouble !== kind;
}

document.addEventListener("DOMContentLoaded", () => {
  for (const part of partsOf(document)) seen.set(part, written(part));
});

document.addEventListener("htmx:configRequest", ({ target, detail }) => {
  if (isLive(target)) detail.headers["If-None-Match"] = `"${target.dataset.version}"`;
});

document.addEventListener("htmx:beforeRequest", (event) => {
  if (isLive(event.target) && (isBusy(event.target) || event.target.hasAttribute("data-ended"))) event.preventDefault();
});

document.addEventListener("htmx:beforeOnLoad", (event) => {
  const live = event.target;
  if (!isLive(live)) return;
  const { xhr } = event.detail;
  const at = xhr.getResponseHeader(mark);
  event.preventDefault();
  if (xhr.status >= 500) return trouble("lost");
  if (!at) {
    live.setAttribute("data-ended", "");
    return trouble("ended");
  }
  trouble(null);
  if (xhr.status === 200) {
    if (isBusy(live)) return;
    renew(live, xhr.responseText);
    live.dataset.version = xhr.getResponseHeader("ETag").replaceAll('"', "");
  }
  say("at", at);
});

for (const failed of ["htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(failed, ({ target }) => isLive(target) && trouble("lost"));
}

// Looked at again: at once, and not only when the next question is due.
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) for (const live of document.querySelectorAll("[data-live]")) htmx.trigger(live, "look");
});
