// Draws the day: where to go in order, what waits on the phone, what is done. Cards come from the page's <template>s; what is
// open, and what is being typed in it, stays as it is.
export const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_all, name) => values[name] ?? "");

function set(card, slot, text) {
  const place = card.querySelector(`[data-${slot}]`);
  place.textContent = text ?? "";
  place.hidden = !text;
}

const where = ({ sector, address }) => [sector, address].filter(Boolean).join(" · ");

// `place` of `total`, counted over the whole day; 0: what is mended has no place of its own.
export function stopCard(stop, place, total, data, template) {
  const card = template.content.firstElementChild.cloneNode(true);
  const { words } = data;
  card.dataset.stop = stop.referral;
  set(card, "name", `${place} · ${stop.name}`);
  set(card, "where", where(stop));
  set(card, "meter", [stop.meter && fill(words.meter, stop), stop.account, stop.number].filter(Boolean).join(" · "));
  set(card, "refused", stop.refused);
  set(card, "of", total > 0 && fill(words.of, { n: total }));
  set(card, "late", stop.late && words.late);
  set(card, "kept-away", stop.refused && words.refused_chip);
  const map = card.querySelector("[data-map]");
  map.hidden = !stop.map;
  if (stop.map) map.href = stop.map;
  return card;
}

// What is typed and not taken in yet: it waits, or the server refused it.
export function waitingCard(visit, data, template) {
  const card = template.content.firstElementChild.cloneNode(true);
  card.dataset.waiting = visit.key;
  set(card, "name", visit.name);
  set(card, "where", where(visit));
  set(card, "result", data.results[visit.result]);
  set(card, "answer", visit.refused);
  set(card, "unsent", !visit.refused && data.words.unsent);
  set(card, "not-taken", visit.refused && data.words.not_taken);
  card.querySelector("[data-discard]").hidden = !visit.refused;
  return card;
}

export function doneCard(done, data, template) {
  const card = template.content.firstElementChild.cloneNode(true);
  card.dataset.done = done.key;
  set(card, "name", done.name);
  set(card, "where", where(done));
  set(card, "result", `${data.results[done.result]} · ${done.hour}`);
  set(card, "note", done.note);
  const photo = card.querySelector("[data-photo]");
  photo.hidden = !done.photo;
  if (done.photo) photo.href = data.photo.replace(/0$/, done.visit);
  return card;
}

// One line that says how it stands between the phone and the server.
export function paintChip(chip, state, words) {
  const waiting = state.visits.filter((visit) => !visit.refused).length;
  const refused = state.visits.length - waiting;
  const said = [
    state.offline && words.offline,
    state.expired && words.signed_out,
    state.trouble && words.trouble,
    waiting && fill(words.to_send, { n: waiting }),
    refused && fill(words.not_accepted, { n: refused }),
  ].filter(Boolean);
  const text = said.length ? said.join(" · ") : words.all_sent;
  chip.className = `chip chip-${refused || state.expired ? "bad" : said.length ? "wait" : "ok"}`;
  if (chip.textContent !== text) chip.textContent = text;
}
