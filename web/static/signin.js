// Takes the code of a strip, or the token of a link, out of the address of this page and puts it into its field:
// so it stays in no history and no picture of the screen. Without scripts one types it.
"use strict";

(() => {
  const field = document.querySelector("[data-in-address]");
  if (!field) return;

  function take() {
    const said = location.hash.slice(1);
    if (!new RegExp(`^${field.dataset.inAddress}$`).test(said)) return;
    field.value = said;
    history.replaceState(null, "", location.pathname);
    const next = document.querySelector("main input[name=number], main button");
    if (next) next.focus();
  }

  window.addEventListener("hashchange", take);
  take();
})();
