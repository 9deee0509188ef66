// Comforts of the console: every page works without this file.
(() => {
  "use strict";

  const REFRESH = 10000; // milliseconds between two questions whether the card has changed
  const find = document.querySelector("[data-find]");
  const results = [...document.querySelectorAll("[data-results] a")];
  const types = (element) => element?.matches("input, textarea, select, [contenteditable]") ?? false;

  // Keys: "/" to the search, "r" to sending again; arrows walk the results, Enter opens one as it opens any link.
  const step = (by) => {
    const at = results.indexOf(document.activeElement) + by;
    if (at < 0) find?.focus();
    else results[Math.min(at, results.length - 1)]?.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const inSearch = document.activeElement === find;
    if (results.length && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      if (types(document.activeElement) && !inSearch) return;
      event.preventDefault();
      step(event.key === "ArrowDown" ? 1 : -1);
    } else if (!types(document.activeElement)) {
      const target = event.key === "/" ? find : event.key === "r" ? document.querySelector("[data-act=resend]") : null;
      if (!target) return;
      event.preventDefault();
      target.focus();
      if (event.key === "/") find.select();
      else target.click();
    }
  });

  // The card looks again by itself while nobody types; what has been typed is never lost. Times go on meanwhile, as long as
  // nothing else has changed; else the page still says of what time it is.
  const card = document.querySelector("[data-card-state]");
  const busy = () => {
    const fields = [...document.querySelectorAll("input:not([type=hidden]), textarea, select")];
    const changed = (field) => (field.type === "checkbox" || field.type === "radio"
      ? field.checked !== field.defaultChecked
      : field.tagName === "SELECT"
        ? [...field.options].some((option) => option.selected !== option.defaultSelected)
        : field.value !== field.defaultValue);
    return types(document.activeElement) || document.activeElement?.closest("form") || fields.some(changed);
  };
  const tell = (times) => document.querySelectorAll("[data-time]").forEach((shown) => {
    const words = times[shown.dataset.time];
    if (words && words !== shown.textContent) shown.textContent = words;
  });
  const ask = async () => {
    if (document.visibilityState === "visible") {
      try {
        const answer = await fetch(card.dataset.cardState, { redirect: "manual", headers: { Accept: "application/json" } });
        const gone = answer.type === "opaqueredirect" || [401, 404].includes(answer.status);
        const now = answer.ok && await answer.json();
        const changed = now && now.digest !== card.dataset.cardDigest;
        const approvals = now && document.querySelector("[data-approvals]");
        if (approvals) approvals.textContent = now.approvals || "";
        if (now && !changed) tell(now.times);
        if ((gone || changed) && !busy()) return location.reload();
        if (gone) return;
      } catch {
        // The line is down: the next question asks again.
      }
    }
    setTimeout(ask, REFRESH);
  };
  if (card) setTimeout(ask, REFRESH);
})();
