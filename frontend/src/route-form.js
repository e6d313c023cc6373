// The form of one visit: what is typed into it, what is wrong with it, and the visit that it makes. A reload finds what was
// typed (this tab only, see js/keep.js, whose prefix it shares so that signing out takes it away).
import { addressFault, emailFault, phoneFault } from "./route-check.js";
import { reduced } from "./route-photo.js";

const PREFIX = "kept:route-";
const POSITION = "telecobro-route-position";
const TEXTS = ["phone", "note", "email", "address"];
const PATIENCE_MS = 8000;
let position = null;

// --- typed again

export function keepTyped(referral, form) {
  if (!form) return sessionStorage.removeItem(PREFIX + referral);
  form.dataset.typing = "";
  const typed = { result: form.elements.result.value };
  for (const name of TEXTS) typed[name] = form.elements[name].value;
  if (form.elements.position.checked) whereWeAre();
  localStorage.setItem(POSITION, form.elements.position.checked ? "yes" : "");
  return sessionStorage.setItem(PREFIX + referral, JSON.stringify(typed));
}

// What was being typed, or the visit that is mended.
export function fillForm(form, referral, visit) {
  const kept = sessionStorage.getItem(PREFIX + referral);
  const typed = kept ? JSON.parse(kept) : visit && { ...visit, address: visit.newAddress };
  form.elements.position.checked = localStorage.getItem(POSITION) === "yes";
  if (!typed) return;
  for (const radio of form.querySelectorAll("[name=result]")) radio.checked = radio.value === typed.result;
  for (const name of TEXTS) form.elements[name].value = typed[name] ?? "";
  form.querySelector("details").open = Boolean(typed.note || typed.email || typed.address);
  form.querySelector("[data-photo-ready]").hidden = !visit?.photo;
}

// Nothing is drawn anew under somebody's fingers.
export function isBusy(page) {
  const typing = page.querySelector("form[data-typing]");
  return Boolean(typing && (typing.contains(document.activeElement) || typing.elements.photo.files.length));
}

// --- what is wrong

export function faultOf(form) {
  const { phone, email, address } = form.elements;
  if (!form.elements.result.value) return { sentence: "no_result", field: "result" };
  for (const [field, fault] of [[phone, phoneFault], [email, emailFault], [address, addressFault]]) {
    const sentence = fault(field.value);
    if (sentence) return { sentence, field: field.name, typed: field.value.trim() };
  }
  return null;
}

export function showFault(form, text, name) {
  const place = form.querySelector("[data-fault]");
  place.textContent = text;
  place.hidden = !text;
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  if (!text) return;
  const field = form.querySelector(`[name="${name}"]`);
  field?.setAttribute("aria-invalid", "true");
  field?.closest("details")?.setAttribute("open", "");
  place.scrollIntoView({ block: "nearest" });
  field?.focus();
}

// --- the visit

// Asked for when it is wanted, so that it is known by the time of saving; a visit never waits for it.
function whereWeAre() {
  navigator.geolocation?.getCurrentPosition(
    ({ coords }) => {
      position = { latitude: coords.latitude.toFixed(6), longitude: coords.longitude.toFixed(6), accuracy: Math.max(1, Math.round(coords.accuracy)) };
    },
    () => {
      position = null;
    },
    { enableHighAccuracy: true, timeout: PATIENCE_MS, maximumAge: 60_000 },
  );
}

// Also where the page came over plain http and the browser makes no keys itself.
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// As it is kept and sent; null when its photo is none. `known`: the stop, or the visit that is put right.
export async function phoneVisit(form, { user, referral, known, old, side }) {
  const [file] = form.elements.photo.files;
  // One that was taken before stays with the visit that is typed again; the server keeps one that it has.
  const kept = old?.photo instanceof Blob ? old.photo : null;
  const photo = file ? await reduced(file, side) : kept;
  if (file && !photo) return null;
  const value = (name) => form.elements[name].value.trim();
  return {
    key: old?.key ?? newKey(),
    corrects: old?.corrects ?? null,
    user,
    referral,
    name: known.name,
    sector: known.sector,
    address: known.address,
    result: form.elements.result.value,
    phone: value("phone"),
    note: value("note"),
    email: value("email"),
    newAddress: value("address"),
    position: form.elements.position.checked ? position : null,
    photo,
    saved: old?.saved ?? Date.now(),
    tried: false,
    refused: "",
  };
}
