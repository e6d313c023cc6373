// What the phone keeps of «Mi ruta», each person's apart: the day as the server gave it, and the visits that the server has
// not taken in. Signing out takes the day away; a visit goes only when the server has it, or its worker discards it.
const NAME = "telecobro-route";
const OWNER = "telecobro-route-owner";

let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("days", { keyPath: "user" });
      asked.result.createObjectStore("visits", { keyPath: "key" }).createIndex("user", "user");
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opening;
}

// One deed on one store; the answer comes when it is on the disk.
async function run(store, mode, ask) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const deed = database.transaction(store, mode);
    const asked = ask(deed.objectStore(store));
    deed.oncomplete = () => resolve(asked.result);
    deed.onabort = deed.onerror = () => reject(deed.error);
  });
}

export const dayOf = (user) => run("days", "readonly", (store) => store.get(user));
// One day, of whoever is here now.
export const keepDay = (day) =>
  run("days", "readwrite", (store) => {
    store.clear();
    return store.put(day);
  });
export const keepVisit = (visit) => run("visits", "readwrite", (store) => store.put(visit));
export const dropVisit = (key) => run("visits", "readwrite", (store) => store.delete(key));

// In the order in which they were saved.
export async function visitsOf(user) {
  const found = await run("visits", "readonly", (store) => store.index("user").getAll(user));
  return found.sort((a, b) => a.saved - b.saved);
}

// Who was here last, for pages that do not know the route; null when nobody was.
export function owner() {
  const kept = localStorage.getItem(OWNER);
  return kept === null ? null : Number(kept);
}

export const setOwner = (user) => localStorage.setItem(OWNER, String(user));

// Everything that tells who is to be visited; unsent visits stay.
export async function forget() {
  await caches?.delete(NAME);
  await run("days", "readwrite", (store) => store.clear());
}

export const CACHE = NAME;
