// Sends visits one by one, each until the server says yes or no. A visit whose answer was lost is sent again under the same
// key: the server knows it. Nothing is sent when somebody else is signed in.
import { dropVisit, keepDay, keepVisit } from "./route-store.js";

const ASKED = { headers: { Accept: "application/json" }, redirect: "manual", cache: "no-store" };

// The day as the server has it now, with a fresh token; what went wrong otherwise: {expired} or {trouble}.
export async function fetchDay(feed) {
  const answer = await fetch(feed, ASKED);
  if (answer.type === "opaqueredirect" || [401, 403].includes(answer.status)) return { expired: true };
  if (!answer.ok) return { trouble: true };
  return answer.json();
}

// Everything of `visits` that waits, into `day`. Throws where there is no connection.
export async function sendAll(visits, day, token, data, changed) {
  for (const visit of [...visits]) {
    if (visit.refused) continue;
    visit.tried = true;
    await keepVisit(visit);
    const answer = await sendOne(visit, token, data);
    if (answer.done) await settle(visits, visit, day, answer.done);
    else if (answer.refused) {
      visit.refused = answer.refused;
      await keepVisit(visit);
    } else return answer;
    changed();
  }
  return {};
}

async function sendOne(visit, token, { save, words }) {
  const answer = await fetch(save, { ...ASKED, method: "POST", body: formOf(visit), headers: { ...ASKED.headers, "X-CSRFToken": token } });
  if (answer.type === "opaqueredirect" || answer.status === 401) return { expired: true };
  if (answer.ok) return answer.json();
  if (answer.status === 409) return { refused: (await answer.json()).error };
  if (answer.status === 403) return { refused: words.not_allowed };
  if ([400, 413].includes(answer.status)) return { refused: words.unreadable };
  return { trouble: true };
}

function formOf(visit) {
  const form = new FormData();
  const { key, referral, corrects, result, note, phone, email, newAddress, position, photo } = visit;
  const given = { key, referral, corrects, result, note, phone, email, address: newAddress, ...position };
  for (const [name, value] of Object.entries(given)) if (value !== null && value !== undefined && value !== "") form.set(name, value);
  form.set("saved", new Date(visit.saved).toISOString());
  form.set("sent", new Date().toISOString());
  if (photo) form.set("photo", photo, "visita.jpg");
  return form;
}

// The server has it: the phone needs it no more.
async function settle(visits, visit, day, done) {
  day.stops = day.stops.filter((stop) => stop.referral !== visit.referral);
  day.done = [done, ...day.done.filter((other) => other.key !== visit.key && other.key !== visit.corrects)];
  await keepDay(day);
  await dropVisit(visit.key);
  visits.splice(visits.indexOf(visit), 1);
}
