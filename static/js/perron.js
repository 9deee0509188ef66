// Comforts only: every page works without this file. Words come from data- attributes, already translated.
(() => {
  "use strict";

  const all = (selector, root = document) => [...root.querySelectorAll(selector)];

  // Error summary takes the focus, so that it is read out first.
  document.querySelector("[data-error-summary]")?.focus();

  // A page that waits for a mail looks again when its person comes back to it, unless something was typed.
  document.addEventListener("visibilitychange", () => {
    const waiting = document.querySelector("[data-look-again]");
    const typed = all("main input:not([type=hidden])").some((input) => input.value);
    if (waiting && !typed && document.visibilityState === "visible") location.replace(location.pathname);
  });

  // Show and hide a password; it is hidden again before it leaves, so that no browser keeps it as plain text.
  const setShown = (button, shown) => {
    document.getElementById(button.dataset.show).type = shown ? "text" : "password";
    button.textContent = shown ? button.dataset.hideText : button.dataset.showText;
  };
  for (const button of all("[data-show]")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      setShown(button, document.getElementById(button.dataset.show).type === "password");
    });
    button.form?.addEventListener("submit", () => setShown(button, false));
  }

  // Password rules: only the marks change.
  const kindTests = {
    capital: /[\p{Lu}\p{Lt}]/u,
    small: /[\p{Ll}\p{Lm}\p{Lo}]/u,
    digit: /\p{Nd}/u,
    symbol: /[^\p{L}\p{Nd}]/u,
  };
  const mark = (element, done) => {
    element.classList.toggle("done", done);
    const word = element.querySelector(":scope > [data-done]");
    if (word) word.hidden = !done;
    return done;
  };
  const judge = {
    length: (rule, typed) => {
      const length = [...typed].length;
      return length >= rule.dataset.min && length <= rule.dataset.max;
    },
    kinds: (rule, typed) => {
      const found = all("[data-kind]", rule).filter((kind) => mark(kind, kindTests[kind.dataset.kind].test(typed)));
      return found.length >= rule.dataset.needed;
    },
    // A name of one or two letters is in too many words to be counted.
    "no-username": (rule, typed, username) =>
      typed !== "" && !(username.length > 2 && typed.toLowerCase().includes(username)),
  };
  for (const list of all("[data-rules]")) {
    const field = document.getElementById(list.dataset.for);
    const username = list.dataset.username.normalize("NFC").toLowerCase();
    const look = () => {
      const typed = field.value.normalize("NFC");
      for (const rule of all("[data-rule]", list)) {
        const test = judge[rule.dataset.rule];
        if (test) mark(rule, test(rule, typed, username));
      }
    };
    field.addEventListener("input", look);
    look();
  }

  // Copy the key without the blanks between its groups, or a list line by line. Browsers allow it on secure pages only.
  const copied = (source) => {
    const lines = all("li", source).map((line) => line.textContent.trim());
    return lines.length ? lines.join("\n") : source.textContent.replace(/\s/g, "");
  };
  for (const button of navigator.clipboard ? all("[data-copy]") : []) {
    button.hidden = false;
    button.setAttribute("aria-live", "polite");
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(copied(document.getElementById(button.dataset.copy)));
      button.textContent = button.dataset.copiedText;
    });
  }

  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }

  // One press, one post: a second press is ignored until the page is shown again or the line has plainly failed.
  const sent = new WeakSet();
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (sent.has(event.target)) {
      event.preventDefault();
      return;
    }
    sent.add(event.target);
    setTimeout(() => sent.delete(event.target), 15000);
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) all("form").forEach((form) => sent.delete(form));
  });

  // A waiting page asks, and goes on by itself: loads anew, or presses its own main button.
  const waiting = document.querySelector("[data-wait]");
  const onward = () => {
    const form = document.querySelector("main form[method=post]");
    if (waiting.dataset.then === "submit" && form) form.requestSubmit(form.querySelector("[value=continue]"));
    else if (waiting.dataset.then.startsWith("/")) location.assign(waiting.dataset.then);
    else location.reload();
  };
  const ask = async () => {
    let pause = 1000;
    try {
      const answer = await fetch(waiting.dataset.wait, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.redirected) return location.reload();
      const state = answer.status === 200 ? (await answer.json()).state : "waiting";
      if (state === "answered") return onward();
      if (state === "ended") return location.reload();
      pause = 1000 * (Number(answer.headers.get("Retry-After")) || 0.3) * (1 + Math.random());
    } catch {
      pause = 5000;
    }
    setTimeout(ask, pause);
  };
  waiting?.querySelector("[hidden]")?.removeAttribute("hidden");
  if (waiting?.dataset.open) location.assign(waiting.dataset.open);
  else if (waiting) ask();

  // The session's end is told in time, and put off by one press without losing what is typed.
  for (const banner of all("[data-session-ends]")) {
    const idle = Date.parse(banner.dataset.sessionEnds) - Date.now();
    const warnIn = () => setTimeout(() => { banner.hidden = false; }, Math.max(0, idle - banner.dataset.warn * 1000));
    banner.querySelector("a").addEventListener("click", async (event) => {
      event.preventDefault();
      const answer = await fetch(event.target.href);
      if (!answer.ok) return location.assign(event.target.href);
      banner.hidden = true;
      warnIn();
    });
    warnIn();
  }

  // The language menu closes when one presses elsewhere or Escape.
  const menu = document.querySelector("details.menu");
  document.addEventListener("click", (event) => {
    if (menu?.open && !menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu?.open) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
})();
