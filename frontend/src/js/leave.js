// Signing out on a phone that keeps a route (route-store.js): what is not sent is told first, then the day that is kept goes.
// Without a connection nobody is signed out, and the route stays.
import { forget, owner, visitsOf } from "../route-store.js";

const isLeaving = (form) => form.matches?.('form[action$="/logout/"]');

async function warn() {
  const user = owner();
  if (user === null) return;
  const words = localStorage.getItem("telecobro-route-leave");
  const unsent = (await visitsOf(user)).length;
  for (const form of document.querySelectorAll("form")) {
    if (!isLeaving(form)) continue;
    if (unsent && words) form.dataset.confirm = words.replace("{n}", unsent);
    else delete form.dataset.confirm;
  }
}

async function leave(form) {
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    if (!answer.ok) throw new Error(String(answer.status));
    await forget();
    window.location.assign(answer.url);
  } catch {
    document.dispatchEvent(new CustomEvent("route:stay"));
  }
}

document.addEventListener("submit", (event) => {
  if (event.defaultPrevented || !isLeaving(event.target) || owner() === null) return;
  event.preventDefault();
  leave(event.target);
});

document.addEventListener("route:unsent", warn);
warn();
