// The worksheet of the platform: copies a value, selects it on focus, ticks a whole page, counts the ticks.
// Comfort only: without it each value stands in a field of its own, and everything is a form.
"use strict";

(() => {
  const sheet = document.getElementById("worksheet");
  if (!sheet) return;
  const told = document.getElementById("copied-now");
  const ticks = [...sheet.querySelectorAll("input[name=row]")];
  const counted = sheet.querySelector("[data-count]");

  async function copy(button) {
    const field = document.getElementById(button.dataset.copy);
    field.focus();
    field.select();
    try {
      await navigator.clipboard.writeText(field.value);
    } catch {
      document.execCommand("copy"); // a page without https has no clipboard of its own
    }
    for (const other of sheet.querySelectorAll(".was-copied")) other.classList.remove("was-copied");
    button.parentElement.classList.add("was-copied");
    told.textContent = told.dataset.words + field.value;
    button.focus();
  }

  function count() {
    const n = ticks.filter((tick) => tick.checked).length;
    counted.firstElementChild.textContent = counted.dataset.count.replace("{n}", n);
  }

  for (const button of sheet.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  sheet.addEventListener("focusin", (event) => {
    if (event.target.matches("input[readonly]")) event.target.select();
  });
  sheet.addEventListener("change", count);
  document.querySelector("[data-all]").addEventListener("click", (event) => {
    event.preventDefault();
    const every = ticks.every((tick) => tick.checked);
    for (const tick of ticks) tick.checked = !every;
    count();
  });
  count();
})();
