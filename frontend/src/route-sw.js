// The service worker of «Mi ruta»: the page and what it is made of come from the phone where there is no connection. The day
// itself and the visits are kept by the page (route-store.js); nothing else of the application is touched.
const CACHE = "telecobro-route";
// So long a page is waited for where the connection hardly breathes.
const PATIENCE_MS = 4000;
const page = self.registration.scope;
// Whoever is signed in, the page tells nobody's data: what it varies by is no matter here.
const ANY = { ignoreVary: true };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  if (method !== "GET") return;
  const { origin, pathname } = new URL(url);
  if (origin !== self.location.origin) return;
  if (mode === "navigate" && url.split(/[?#]/)[0] === page) event.respondWith(thePage(event.request));
  else if (pathname.includes("/static/")) event.respondWith(part(event.request));
});

async function thePage(request) {
  const kept = await (await caches.open(CACHE)).match(page, ANY);
  try {
    const answer = await (kept ? Promise.race([renew(request), late()]) : renew(request));
    return kept && answer.status >= 500 ? kept : answer;
  } catch {
    return kept ?? Response.error();
  }
}

// A redirection to the login is the browser's to follow and not kept.
async function renew(request) {
  const answer = await fetch(request);
  if (answer.ok && answer.type === "basic" && !answer.redirected) {
    const copy = answer.clone();
    await (await caches.open(CACHE)).put(page, copy);
  }
  return answer;
}

function late() {
  return new Promise((_resolve, reject) => setTimeout(() => reject(new Error("late")), PATIENCE_MS));
}

// Their names carry the hash of their content: what is kept is what it was.
async function part(request) {
  return (await (await caches.open(CACHE)).match(request.url, ANY)) ?? fetch(request);
}
