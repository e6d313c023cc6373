// Lists: the checkbox list that filters as one types, the box that marks all rows, the filter form of the address.
const folded = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function filterChecklist(box) {
  const words = folded(box.value).split(/\s+/).filter(Boolean);
  const list = box.closest("[data-checklist]");
  for (const item of list.querySelectorAll(".check")) {
    const text = folded(`${item.closest("fieldset")?.querySelector("legend")?.textContent ?? ""} ${item.textContent}`);
    item.hidden = !words.every((word) => text.includes(word));
  }
  for (const group of list.querySelectorAll(".checklist-group")) {
    group.hidden = !group.querySelector(".check:not([hidden])");
  }
}

function countChecklist(list) {
  const count = list.querySelector("[data-count]");
  if (count) count.textContent = list.querySelectorAll(".check input:checked").length;
}

document.addEventListener("input", ({ target }) => {
  if (target.matches("[data-filter-checklist]")) filterChecklist(target);
});

document.addEventListener("change", ({ target }) => {
  const list = target.closest("[data-checklist]");
  if (list) countChecklist(list);
  if (target.matches("[data-check-all]")) {
    for (const box of document.querySelectorAll(`input[name="rowid"][form="${target.dataset.checkAll}"]`)) box.checked = target.checked;
  }
  if (target.matches("[data-operator]")) {
    document.getElementById(target.dataset.operator).name = target.value;
  }
  if (target.matches("[data-submit-on-change]")) target.form.requestSubmit();
});

// Enter in the box that filters a checkbox list must not send the form around it.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-filter-checklist]")) event.preventDefault();
});

// An address says only what is filtered: empty fields stay out of it.
document.addEventListener("formdata", ({ target, formData }) => {
  if (!target.matches("form[data-lean]")) return;
  for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
});
