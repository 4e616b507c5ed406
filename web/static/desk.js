// The desk's key-map: comfort only. Every key presses something that stands on the page; no key works while
// somebody types, and the single keys can be switched off (the choice stays in a cookie of this browser).
"use strict";

(() => {
  const keys = document.getElementById("keys");
  if (!keys) return;
  const lever = document.getElementById("keys-switch");
  const typing = "input:not([type=radio], [type=checkbox]), textarea, select, [contenteditable]";
  let on = !document.cookie.split("; ").includes("desk_keys=off");

  function show() {
    document.documentElement.classList.toggle("keyed", on);
    lever.setAttribute("aria-pressed", String(on));
  }

  function step(by) {
    const rows = [...document.querySelectorAll("[data-row]")];
    const next = rows[rows.indexOf(document.activeElement) + by] || (by > 0 ? rows[0] : rows[rows.length - 1]);
    if (next) next.focus();
    return Boolean(next);
  }

  // What stands behind a closed heading is opened first; what is to be written in gets the focus, no press.
  function reach(one) {
    for (let box = one.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
    one.focus();
    if (!one.matches(typing)) one.click();
    const opens = one.dataset.opens && document.getElementById(one.dataset.opens);
    if (opens) enter(opens);
  }

  // Into a form: its first control, under an open heading.
  function enter(box) {
    const first = box.querySelector("details form") || box;
    const into = first.querySelector("input:not([type=hidden]), textarea, select");
    if (!into) return;
    for (let shut = into.closest("details"); shut; shut = shut.parentElement.closest("details")) shut.open = true;
    into.focus();
  }

  function press(key) {
    if (key === "?") {
      keys.open = !keys.open;
      keys.querySelector("summary").focus();
      return true;
    }
    const found = /^[a-z1-9/]$/.test(key) ? document.querySelector(`[data-key="${key}"]:not(:disabled)`) : null;
    if (found) {
      reach(found);
      return true;
    }
    return (key === "j" || key === "k") && step(key === "j" ? 1 : -1);
  }

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.repeat) return;
    if (event.key === "Enter" && event.ctrlKey && !event.altKey && !event.metaKey) {
      const form = event.target.closest("form:not(#decision)");
      const send = form
        ? form.querySelector("[data-send]") || form.querySelector("button:not([type=button])")
        : document.getElementById("go-on");
      if (!send) return;
      event.preventDefault();
      send.click();
      return;
    }
    if (!on || event.ctrlKey || event.altKey || event.metaKey || event.target.closest(typing)) return;
    if (press(event.key.toLowerCase())) event.preventDefault();
  });

  lever.addEventListener("click", () => {
    on = !on;
    document.cookie = `desk_keys=${on ? "on" : "off"}; path=/desk; max-age=31536000; samesite=lax`;
    show();
  });

  // A kept sentence is filled in where it is chosen; of those only the chosen outcome's are offered.
  const decision = document.getElementById("decision");
  const sentence = document.getElementById("sentence");
  const words = document.getElementById("words");

  function offerFitting() {
    const chosen = decision.querySelector("[name=outcome]:checked");
    for (const one of sentence.querySelectorAll("optgroup")) {
      one.disabled = one.hidden = Boolean(chosen) && one.dataset.outcome !== chosen.value;
    }
  }

  if (decision && sentence) {
    document.getElementById("fill").hidden = true;
    decision.addEventListener("change", (event) => {
      const chosen = event.target === sentence && sentence.selectedOptions[0];
      if (chosen && chosen.value) {
        words.value = chosen.textContent;
        const outcome = document.getElementById(`outcome-${chosen.parentElement.dataset.outcome}`);
        if (outcome && !decision.querySelector("[name=outcome]:checked")) outcome.checked = true;
      }
      offerFitting();
    });
    offerFitting();
  }

  // What is typed into one form outlasts the press of another: it stands there when the page comes again. It is
  // kept in this tab alone, and no longer than until the next page of the desk. What says that somebody looked
  // at the record of now is left out: they may not have.
  const KEPT = "desk_typed";
  const controls = [...document.querySelectorAll("form :is(textarea, select, input:not([type=hidden], [name=base]))[id]")];
  const turned = (one) => one.type === "radio" || one.type === "checkbox";
  const said = (one) => (turned(one) ? one.checked : one.value);

  const first = new Map(controls.map((one) => [one, said(one)]));
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || "{}");
  sessionStorage.removeItem(KEPT);
  for (const one of kept.page === location.pathname ? controls : []) {
    if (!(one.id in kept.typed)) continue;
    if (turned(one)) one.checked = kept.typed[one.id];
    else one.value = kept.typed[one.id];
  }
  if (decision && sentence) offerFitting();

  document.addEventListener("submit", (event) => {
    const others = controls.filter((one) => one.form !== event.target && said(one) !== first.get(one));
    const typed = Object.fromEntries(others.map((one) => [one.id, said(one)]));
    if (others.length) sessionStorage.setItem(KEPT, JSON.stringify({ page: location.pathname, typed }));
  });

  // Elsewhere a kept sentence goes into one field of its form, or into another if something is ticked there.
  for (const select of document.querySelectorAll("select[data-fills]")) {
    const form = select.form;
    form.querySelector("button[value=fill]").hidden = true;
    select.addEventListener("change", () => {
      const chosen = select.selectedOptions[0];
      if (!chosen.value) return;
      const [ticked, other] = (select.dataset.fillsWith || " ").split(" ");
      const instead = ticked && form.querySelector(`[name=${ticked}]:checked`);
      form.elements[instead ? other : select.dataset.fills].value = chosen.text;
      const outcome = document.getElementById(`outcome-${chosen.parentElement.dataset.outcome}`);
      if (outcome && !form.querySelector("[name=outcome]:checked")) outcome.checked = true;
    });
  }

  keys.hidden = false;
  show();
})();
