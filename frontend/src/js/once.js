// <form data-once>: the first submit counts. Its buttons rest until an answer comes or the page is shown again.
const sent = new WeakSet();

function rest(form, resting) {
  if (resting) sent.add(form);
  else sent.delete(form);
  for (const button of form.elements) {
    if (button.type === "submit") button.setAttribute("aria-busy", String(resting));
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !form.matches("form[data-once]")) return;
  if (sent.has(form)) event.preventDefault();
  else rest(form, true);
});

// The back button brings the page back as it was left: its forms may be sent again (the server knows the key of the deed).
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-once]")) rest(form, false);
});

// A form that htmx sends is guarded at its own door.
document.addEventListener("htmx:beforeRequest", (event) => {
  const form = event.target;
  if (!form.matches("form[data-once]")) return;
  if (sent.has(form)) event.preventDefault();
  else rest(form, true);
});

document.addEventListener("htmx:afterRequest", ({ target }) => {
  const form = target.closest?.("form[data-once]");
  if (form) rest(form, false);
});
