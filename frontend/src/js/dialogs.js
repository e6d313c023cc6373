// <form data-confirm="question">: asks in the page's one dialog before it is sent.
// data-dialog="id" on a button opens that dialog; a <details class="menu"> closes when one clicks or goes elsewhere.
const agreed = new WeakSet();

function ask(form, submitter) {
  const dialog = document.getElementById("confirm");
  dialog.querySelector("[data-question]").textContent = form.dataset.confirm;
  dialog.querySelector("[data-agree]").textContent = form.dataset.agree || dialog.dataset.agree;
  dialog.returnValue = "";
  dialog.addEventListener(
    "close",
    () => {
      if (dialog.returnValue !== "yes") return;
      agreed.add(form);
      form.requestSubmit(submitter);
    },
    { once: true },
  );
  dialog.showModal();
}

// In the capture phase: nothing else may act on a form that has not been agreed to.
document.addEventListener(
  "submit",
  (event) => {
    const form = event.target;
    if (!form.matches("form[data-confirm]") || agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    ask(form, event.submitter);
  },
  true,
);

document.addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  const closer = event.target.closest?.("[data-close]");
  if (closer) closer.closest("dialog").close();
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});
