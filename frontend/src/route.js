// «Mi ruta» on the field's phone: <div id="route" data-route="{…}"> of referrals/route.html. What is saved is on the phone at
// once and goes to the server when there is a connection (route-send.js), once. The page itself is kept by route-sw.js.
import { doneCard, fill, paintChip, stopCard, waitingCard } from "./route-paint.js";
import { phoneVisit, fillForm, isBusy, keepTyped, faultOf, showFault } from "./route-form.js";
import { fetchDay, sendAll } from "./route-send.js";
import { CACHE, dayOf, dropVisit, keepDay, keepVisit, setOwner, visitsOf } from "./route-store.js";

const EVERY_MS = 30_000;
const page = document.getElementById("route");
const data = JSON.parse(page.dataset.route);
const { user, words } = data;
const part = (name) => page.querySelector(`[data-${name}]`);
const templates = { stop: part("stop-template"), waiting: part("waiting-template"), done: part("done-template") };
// `open`: the key of the case whose form is open, with the visit that is mended or corrected.
const state = { day: null, visits: [], offline: !navigator.onLine, expired: false, trouble: false, open: null, busy: false };

// --- what is shown

function paint() {
  paintChip(part("chip"), state, words);
  part("sign-in").hidden = !state.expired;
  document.dispatchEvent(new CustomEvent("route:unsent"));
  if (!state.day || isBusy(page)) return;
  const waiting = new Set(state.visits.map((visit) => visit.referral));
  const stops = state.day.stops.filter((stop) => !waiting.has(stop.referral));
  const behind = state.visits.length + state.day.done.length;
  const total = stops.length + behind;
  part("stops").replaceChildren(...stops.map((stop, n) => stopCard(stop, behind + n + 1, total, data, templates.stop)));
  part("waiting").replaceChildren(...state.visits.map((visit) => waitingCard(visit, data, templates.waiting)));
  part("done").replaceChildren(...state.day.done.map((done) => doneCard(done, data, templates.done)));
  part("done-part").hidden = !state.day.done.length;
  part("waiting-part").hidden = !state.visits.length;
  // What the server refused comes first; what only waits is nobody's worry.
  if (state.visits.some((visit) => visit.refused)) part("mending").before(part("waiting-part"));
  else part("stops").after(part("waiting-part"));
  part("nothing").hidden = total > 0;
  part("as-of").textContent = `${fill(words.as_of, state.day)} · ${fill(words.left, { left: stops.length, done: behind })}`;
  if (!state.open && stops.length) state.open = { referral: stops[0].referral };
  openAgain();
}

function say(text) {
  const place = part("said");
  place.textContent = text ?? "";
  place.hidden = !text;
}

// The form of what is open; typed again when the page was drawn anew.
function openAgain() {
  const { referral, visit } = state.open ?? {};
  let card = page.querySelector(`[data-stop="${referral}"]`);
  if (visit && !card) {
    const stop = { ...visit, number: "", meter: "", account: "", map: "", refused: "", late: false };
    card = stopCard(stop, "✎", 0, data, templates.stop);
    part("mending").replaceChildren(card);
  } else part("mending").replaceChildren();
  if (!card) return;
  card.querySelector("[data-open]").setAttribute("aria-expanded", "true");
  card.querySelector("[data-body]").hidden = false;
  fillForm(card.querySelector("form"), referral, visit);
}

function toggle(referral, visit = null) {
  state.open = state.open?.referral === referral && !visit ? { referral: null } : { referral, visit };
  page.querySelector("form")?.removeAttribute("data-typing");
  paint();
}

// --- what is saved

async function save(form) {
  const { referral, visit: old } = state.open;
  const fault = faultOf(form);
  if (fault) return showFault(form, fill(words[fault.sentence], { typed: fault.typed }), fault.field);
  const known = old ?? state.day.stops.find((stop) => stop.referral === referral);
  const visit = await phoneVisit(form, { user, referral, known, old, side: data.side });
  if (!visit) return showFault(form, words.no_photo, "photo");
  try {
    await keepVisit(visit);
  } catch {
    return showFault(form, words.not_kept);
  }
  keepTyped(referral, null);
  state.visits = [...state.visits.filter((other) => other.key !== visit.key), visit];
  state.open = null;
  form.removeAttribute("data-typing");
  say();
  paint();
  return exchange();
}

// --- with the server

async function exchange() {
  if (state.busy) return undefined;
  state.busy = true;
  try {
    // Another tab of this page sends nothing meanwhile.
    await (navigator.locks ? navigator.locks.request("telecobro-route", talk) : talk());
    state.offline = !navigator.onLine;
  } catch {
    state.offline = true;
  } finally {
    state.busy = false;
  }
  return paint();
}

async function talk() {
  const { token, ...day } = await fetchDay(data.feed);
  state.expired = Boolean(day.expired);
  state.trouble = Boolean(day.trouble);
  if (state.expired || state.trouble) return;
  // Somebody else has signed in since: their page, and nothing of ours is sent.
  if (day.user !== user) return window.location.reload();
  state.day = day;
  state.visits = await visitsOf(user);
  await keepDay(day);
  const answer = await sendAll(state.visits, day, token, data, paint);
  state.expired = Boolean(answer.expired);
  state.trouble = Boolean(answer.trouble);
}

// --- the page itself, for when there is no connection

async function keepPage() {
  if (!navigator.serviceWorker) return;
  // Known already, the browser itself looks for a newer one.
  const known = await navigator.serviceWorker.getRegistration(data.page);
  if (!known) await navigator.serviceWorker.register(data.worker, { updateViaCache: "none" });
  const cache = await caches.open(CACHE);
  const parts = [...document.querySelectorAll("link[href], script[src]")].map((each) => each.href || each.src);
  for (const { url } of await cache.keys()) {
    if (url.includes("/static/") && !parts.includes(url)) await cache.delete(url);
  }
  for (const url of parts) if (!(await cache.match(url, { ignoreVary: true }))) await cache.add(url);
  // The first time nobody stood between: the page is asked for once more.
  if (!(await cache.match(data.page, { ignoreVary: true }))) await cache.add(data.page);
}

// --- what one can do

page.addEventListener("click", async ({ target }) => {
  const button = target.closest("button");
  const card = target.closest("[data-stop], [data-waiting], [data-done]");
  if (!button || !card) return;
  if (button.matches("[data-open]")) toggle(Number(card.dataset.stop));
  if (button.matches("[data-say]")) tell(card);
  if (button.matches("[data-mend]")) mend(state.visits.find((visit) => visit.key === card.dataset.waiting));
  if (button.matches("[data-correct]")) correct(state.day.done.find((done) => done.key === card.dataset.done));
  if (button.matches("[data-discard]")) await discard(card.dataset.waiting);
});

function tell(card) {
  const stop = state.day.stops.find((each) => each.referral === Number(card.dataset.stop)) ?? state.open.visit;
  const dialog = part("script");
  dialog.querySelector("[data-lines]").textContent = data.script.replaceAll("{name}", stop.name);
  dialog.showModal();
}

// What was sent, or may have been, is put right by another visit; what was not is the same one typed again.
function mend(visit) {
  const sent = visit.tried && !visit.refused;
  toggle(visit.referral, sent ? { ...visit, key: null, corrects: visit.key } : visit);
}

function correct(done) {
  toggle(done.referral, { ...done, key: null, corrects: done.key });
}

async function discard(key) {
  const visit = state.visits.find((each) => each.key === key);
  const dialog = document.getElementById("confirm");
  dialog.querySelector("[data-question]").textContent = fill(words.discard, visit);
  dialog.returnValue = "";
  dialog.showModal();
  await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
  if (dialog.returnValue !== "yes") return;
  await dropVisit(key);
  state.visits = state.visits.filter((each) => each.key !== key);
  paint();
}

page.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-visit]")) return;
  event.preventDefault();
  save(event.target);
});

page.addEventListener("input", ({ target }) => {
  const form = target.closest("form[data-visit]");
  if (!form) return;
  showFault(form, "");
  if (target.name === "photo") form.querySelector("[data-photo-ready]").hidden = !target.files.length;
  keepTyped(state.open.referral, form);
});

document.addEventListener("route:stay", () => say(words.stay));
window.addEventListener("online", exchange);
window.addEventListener("offline", () => {
  state.offline = true;
  paint();
});
document.addEventListener("visibilitychange", () => !document.hidden && exchange());
setInterval(() => (state.visits.some((visit) => !visit.refused) || state.offline) && exchange(), EVERY_MS);

async function start() {
  setOwner(user);
  localStorage.setItem("telecobro-route-leave", words.leave);
  [state.day, state.visits] = await Promise.all([dayOf(user), visitsOf(user)]);
  paint();
  await exchange();
  try {
    if (!state.offline) await keepPage();
  } catch {
    state.offline = true; // what is missing is kept the next time
    paint();
  }
}

start();
