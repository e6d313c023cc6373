// <form data-dial> asks the server whether this number may be dialled now; the page that comes back names the link in
// data-dialled="tel:…" and it is opened, once: only right after the press, never by a reload or a tab that comes back.
const mark = "dial-pressed";

document.addEventListener("submit", ({ target, defaultPrevented }) => {
  if (!defaultPrevented && target.matches("form[data-dial]")) sessionStorage.setItem(mark, "1");
});

// After everything has loaded: leaving for the telephone earlier would break off the loading of the page.
window.addEventListener("load", () => {
  const pressed = sessionStorage.getItem(mark);
  sessionStorage.removeItem(mark);
  const link = document.querySelector("[data-dialled]")?.dataset.dialled ?? "";
  if (pressed && /^(tel|sip|callto):\S+$/.test(link)) setTimeout(() => window.location.assign(link), 0);
});
