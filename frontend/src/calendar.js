// <div id="calendar" data-calendar="{…}">…</div>: the days of followup/calendar.html. The server
// gives every hour as the unit's clock shows it, so the calendar runs "in UTC" and never shifts one. A callback that is
// dragged, or given another hour in its dialog, is moved by the server or not at all.
import { Calendar } from "@fullcalendar/core";
import spanish from "@fullcalendar/core/locales/es";
import dayGrid from "@fullcalendar/daygrid";
import interaction from "@fullcalendar/interaction";
import list from "@fullcalendar/list";
import timeGrid from "@fullcalendar/timegrid";

const VIEWS = { month: "dayGridMonth", week: "timeGridWeek", day: "timeGridDay", list: "listWeek", daylist: "listDay" };
const NARROW = 700;
const HOUR = { hour: "2-digit", minute: "2-digit", hour12: false };

const page = document.getElementById("calendar");
const data = JSON.parse(page.dataset.calendar);
const filters = page.querySelector("[data-filters]");
const dialog = page.querySelector("[data-event]");
const moving = dialog.querySelector("[data-move]");
const opened = performance.now();
const fill = (words, values) => words.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
const nameOf = (view) => Object.keys(VIEWS).find((name) => VIEWS[name] === view);
const money = (amount) => `$ ${new Intl.NumberFormat("es-EC", { minimumFractionDigits: 2, useGrouping: "always" }).format(amount)}`;

function say(where, what, text) {
  const place = where.querySelector(`:scope [data-${what}]`);
  place.textContent = text ?? "";
  place.hidden = !text;
}

function hush() {
  for (const what of ["refused", "said"]) say(page.querySelector(".calendar-card"), what);
}

// What the address and the feed ask by: the filters that do not say "everything".
function asked() {
  const given = new URLSearchParams(new FormData(filters));
  if (given.getAll("kind").length === filters.querySelectorAll("[name=kind]").length) given.delete("kind");
  if (given.get("state") === "open") given.delete("state");
  if (!given.get("whose")) given.delete("whose");
  return given;
}

function keepAddress() {
  const query = asked();
  query.set("view", nameOf(calendar.view.type));
  query.set("date", calendar.getDate().toISOString().slice(0, 10));
  history.replaceState(null, "", `?${query}`);
}

// --- what is due

const mayMove = (due) => Boolean(data.move && due.kind === "callback" && (data.moves_all || due.mine));

function eventOf(due, order) {
  const base = { start: due.at ?? due.day, allDay: !due.at, classNames: [`calendar-${due.kind}`, due.more ? "calendar-more" : `calendar-${due.state ?? "known"}`] };
  // The count of the rest stands after those that are shown.
  if (due.more) return { ...base, id: `more-${due.kind}-${due.day}`, title: fill(data.words.more, { n: due.more }), extendedProps: { ...due, order } };
  return { ...base, id: due.key, title: due.name, startEditable: mayMove(due), extendedProps: { ...due, order } };
}

function holidaysOf(first, last) {
  return Object.entries(data.holidays)
    .filter(([day]) => day >= first && day <= last)
    .map(([day, name]) => eventOf({ key: `holiday-${day}`, kind: "holiday", day, name }, -1));
}

async function read({ start, end }, give, fail) {
  // The calendar asks while it is being made, or changes its view: a moment later it knows which.
  await null;
  const query = asked();
  const [first, last] = [start, new Date(end - 1)].map((day) => day.toISOString().slice(0, 10));
  query.set("view", nameOf(calendar.view.type));
  query.set("from", first);
  query.set("until", last);
  try {
    const answer = await fetch(`${data.feed}?${query}`, { headers: { Accept: "application/json" } });
    if (!answer.ok) throw new Error(String(answer.status));
    const { events, shown, total } = await answer.json();
    page.querySelector("[data-count]").textContent = fill(total ? data.words.due : data.words.nothing, { n: total });
    say(page, "cut", shown < total && fill(data.words.cut, { shown, total }));
    give([...holidaysOf(first, last), ...events.map(eventOf)]);
  } catch (error) {
    say(page.querySelector(".calendar-card"), "refused", data.words.failed);
    fail(error);
  }
}

// --- how it is written: the word of the kind first, the state in words, then who

function kindOf({ kind, number }) {
  return kind === "instalment" && number ? `${data.kinds[kind]} ${number}` : data.kinds[kind];
}

function pieces(event, isList) {
  const due = event.extendedProps;
  const parts = [["kind", kindOf(due)]];
  if (data.states[due.state]) parts.push(["state", data.states[due.state]]);
  parts.push(["name", event.title]);
  if (isList && due.amount !== undefined) parts.push(["amount", money(due.amount)]);
  if (isList && due.kind !== "holiday" && !due.more) parts.push(["owner", due.owner ? data.names[due.owner] : data.words.anyone]);
  return parts.filter(([, text]) => text);
}

function written({ event, timeText, view }) {
  const isList = view.type.startsWith("list");
  const parts = pieces(event, isList);
  if (timeText && !isList) parts.unshift(["time", timeText]);
  const nodes = parts.flatMap(([name, text]) => {
    const part = document.createElement("span");
    part.className = `calendar-${name}`;
    part.textContent = text;
    return [part, " "];
  });
  const line = document.createElement("span");
  line.className = "calendar-line";
  line.append(...nodes);
  return { domNodes: [line] };
}

function describe({ event, el }) {
  el.title = pieces(event, true).map(([, text]) => text).join(" · ");
}

// --- what one can do

function show(view, day) {
  hush();
  calendar.changeView(VIEWS[view], day);
}

function open({ event, jsEvent }) {
  jsEvent.preventDefault();
  const due = event.extendedProps;
  if (due.kind === "holiday") return undefined;
  if (due.more) return show("daylist", due.day);
  if (data.open && !mayMove(due)) return window.location.assign(personOf(due));
  dialog.querySelector("[data-name]").textContent = event.title;
  dialog.querySelector("[data-what]").textContent = [...pieces(event, true).filter(([name]) => name !== "name").map(([, text]) => text), dayOf(event)].join(" · ");
  const link = dialog.querySelector("[data-open]");
  if (link) link.href = personOf(due);
  for (const field of dialog.querySelectorAll("[name=person]")) field.value = due.person;
  if (moving) offerMove(due);
  return dialog.showModal();
}

const personOf = ({ person }) => data.open.replace(/0$/, person);

function dayOf(event) {
  const form = { weekday: "long", day: "numeric", month: "long", ...(event.allDay ? {} : HOUR) };
  return calendar.formatDate(event.start, form);
}

function offerMove(due) {
  moving.hidden = !mayMove(due);
  if (moving.hidden) return;
  moving.reset();
  say(moving, "refused");
  [moving.elements.day.value, moving.elements.time.value] = due.at.split("T");
  moving.due = due;
}

// The server's sentence: {said} or {error}.
async function move(due, at, reason = "") {
  const body = new URLSearchParams({ callback: due.key.replace("callback-", ""), seen: due.seen, at, reason });
  const token = document.querySelector('meta[name="csrf-token"]').content;
  try {
    const answer = await fetch(data.move, { method: "POST", body, headers: { Accept: "application/json", "X-CSRFToken": token } });
    if (answer.ok || answer.status === 409) return await answer.json();
  } catch {
    // No answer: the same sentence as for one that is none.
  }
  return { error: data.words.failed };
}

async function drop({ event, revert }) {
  hush();
  const due = event.extendedProps;
  const answer = event.allDay ? { error: data.words.no_hour } : await move(due, event.start.toISOString().slice(0, 16));
  if (answer.error) revert();
  else calendar.refetchEvents();
  told(answer);
}

function told({ said, error }) {
  const card = page.querySelector(".calendar-card");
  say(card, "refused", error);
  say(card, "said", said);
}

moving?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const { day, time, reason } = moving.elements;
  const answer = await move(moving.due, `${day.value}T${time.value}`, reason.value);
  if (answer.error) return say(moving, "refused", answer.error);
  dialog.close();
  told(answer);
  return calendar.refetchEvents();
});

filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("change", () => {
  hush();
  keepAddress();
  calendar.refetchEvents();
});

page.addEventListener("click", ({ target }) => {
  const { go, view } = target.closest("[data-go], [data-view]")?.dataset ?? {};
  if (go || view) hush();
  if (go) calendar[go]();
  if (view) calendar.changeView(VIEWS[view]);
});

function shown({ view }) {
  page.querySelector("[data-title]").textContent = view.title;
  const name = nameOf(view.type).replace("daylist", "list");
  for (const button of page.querySelectorAll("[data-view]")) button.setAttribute("aria-pressed", String(button.dataset.view === name));
  calendar.el.classList.toggle("calendar-wide", ["month", "week"].includes(nameOf(view.type)));
  calendar.updateSize();
  // Hours scroll within their card; days and lists are as long as they are.
  calendar.setOption("height", view.type.startsWith("timeGrid") ? 640 : "auto");
  keepAddress();
}

const isClosed = (date) => data.holidays[date.toISOString().slice(0, 10)] !== undefined;

const calendar = new Calendar(page.querySelector("[data-days]"), {
  plugins: [dayGrid, interaction, list, timeGrid],
  locales: [spanish],
  locale: data.language,
  timeZone: "UTC",
  now: () => new Date(Date.parse(`${data.now}Z`) + performance.now() - opened).toISOString(),
  firstDay: 1,
  headerToolbar: false,
  // A month has less of each day than a week or a list.
  lazyFetching: false,
  views: { timeGrid: { dayHeaderFormat: { weekday: "short", day: "numeric" } } },
  initialView: VIEWS[data.view ?? (window.innerWidth < NARROW ? "list" : "month")],
  initialDate: data.date ?? undefined,
  businessHours: { daysOfWeek: [1, 2, 3, 4, 5], startTime: data.from, endTime: data.until },
  scrollTime: data.from,
  nowIndicator: true,
  allDayText: data.words.all_day,
  noEventsText: data.words.nothing,
  eventTimeFormat: HOUR,
  slotLabelFormat: HOUR,
  slotDuration: "00:30",
  snapDuration: "00:15",
  defaultTimedEventDuration: "00:30",
  displayEventEnd: false,
  slotEventOverlap: false,
  eventMaxStack: 4,
  eventOrder: "order",
  eventDurationEditable: false,
  eventInteractive: true,
  navLinks: true,
  navLinkDayClick: (date) => show("daylist", date),
  moreLinkClick: () => VIEWS.daylist,
  moreLinkContent: ({ num }) => fill(data.words.more, { n: num }),
  dayCellClassNames: ({ date }) => (isClosed(date) ? ["calendar-closed"] : []),
  events: read,
  eventContent: written,
  eventDidMount: describe,
  eventClick: open,
  eventDrop: drop,
  datesSet: shown,
});
calendar.render();
