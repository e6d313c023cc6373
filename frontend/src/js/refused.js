// A page that refuses takes the focus to what is wrong: the field that is marked, else the sentence that says why. The
// keys of the page still work from the sentence.
function takeFocus() {
  const refused = document.querySelector("main .alert-bad");
  const wrong = [...document.querySelectorAll('main [aria-invalid="true"]')].find((field) => field.offsetParent && !field.disabled);
  if (refused) (wrong ?? refused).focus();
}

// A page's own script shows the fields that are asked for when the document is ready: only then is it known which is wrong.
document.addEventListener("DOMContentLoaded", () => setTimeout(takeFocus));
