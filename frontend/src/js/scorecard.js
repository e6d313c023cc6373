// <form data-scorecard> of <fieldset data-criterion>: a digit marks the criterion that one is at (the first one without
// a mark when one is at none) and goes on to the next; after the last, to the feedback. A note is typed as any text is.
function isTyping(element) {
  return element.matches("textarea, input[type=text]");
}

function criterionAt(form, focused) {
  const own = focused.closest("[data-criterion]");
  if (own && form.contains(own)) return own;
  return [...form.querySelectorAll("[data-criterion]")].find((each) => !each.querySelector("input:checked"));
}

function goOn(form, criterion) {
  const all = [...form.querySelectorAll("[data-criterion]")];
  const next = all[all.indexOf(criterion) + 1];
  const place = next ? (next.querySelector("input:checked") ?? next.querySelector("input[type=radio]")) : form.querySelector("textarea");
  place.focus();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.repeat || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  const form = document.querySelector("[data-scorecard]");
  const criterion = /^[1-9]$/.test(event.key) && form ? criterionAt(form, event.target) : null;
  const mark = criterion?.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
  if (!mark) return;
  event.preventDefault();
  mark.checked = true;
  goOn(form, criterion);
});
