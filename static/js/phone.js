// The phone's key: made and used here, never leaves the phone. Without this file only installations that accept a cookie link phones.
(() => {
  "use strict";

  const bytes = (text) => new TextEncoder().encode(text);
  const encoded = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  const form = document.querySelector("[data-phone-link], [data-phone-answer], [data-phone-mine]");
  if (!form) return;
  const field = (name) => form.elements.namedItem(name);

  // One WebCrypto key a browser, kept where scripts can use it and nobody can read it out.
  const keys = () => new Promise((resolve, reject) => {
    const opening = indexedDB.open("perron", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
  const stored = async (mode, act) => {
    const database = await keys();
    return new Promise((resolve, reject) => {
      const asked = act(database.transaction("keys", mode).objectStore("keys"));
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = () => reject(asked.error);
    });
  };
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };

  const verifies = async () =>
    Boolean(window.PublicKeyCredential?.parseCreationOptionsFromJSON) &&
    (await PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable());

  const asserted = async (challenge, credential) => {
    const options = { challenge: encoded(challenge), userVerification: "required", allowCredentials: credential ? [{ type: "public-key", id: credential }] : [] };
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  };
  const held = () => stored("readonly", (store) => store.get("approver"));

  // A phone that still has its key keeps it for one more account.
  const keeps = async ({ keeps, credential }) => {
    if (keeps === "webauthn") return asserted(crypto.getRandomValues(new Uint8Array(32)), credential);
    return keeps === "webcrypto" && held();
  };

  const make = async () => {
    const options = JSON.parse(form.dataset.phoneLink);
    if (await keeps(options).catch(() => false)) return;
    if (await verifies().catch(() => false)) {
      try {
        const created = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.create) });
        field("credential").value = JSON.stringify(created.toJSON());
        field("key_kind").value = "webauthn";
        return;
      } catch (error) {
        if (!options.webcrypto) throw error;
      }
    }
    if (!options.webcrypto || !window.crypto?.subtle) return;
    const pair = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
    await stored("readwrite", (store) => store.put(pair.privateKey, "approver"));
    field("public_key").value = encoded(await crypto.subtle.exportKey("spki", pair.publicKey));
    field("key_kind").value = "webcrypto";
  };

  const digest = (message) => crypto.subtle.digest("SHA-256", message);
  // As the server folds it: digits of any script, nothing else.
  const folded = (typed) => [...typed.normalize("NFKC")].map((c) => {
    if (!/\p{Nd}/u.test(c)) return /[\s\p{Cf}\p{Pd}]/u.test(c) ? "" : c;
    let zero = c.codePointAt(0);
    while (/\p{Nd}/u.test(String.fromCodePoint(zero - 1)) && c.codePointAt(0) - zero < 9) zero -= 1;
    return String(c.codePointAt(0) - zero);
  }).join("");

  const sign = async (decision) => {
    const asked = JSON.parse(form.dataset.phoneAnswer);
    const number = decision === "yes" ? asked.number ?? folded(field("number").value) : "";
    const lines = [...asked.lines];
    lines[3] = number;
    lines[4] = decision;
    const message = bytes(["perron approval 1", ...lines].join("\n"));
    if (asked.kind === "webauthn") {
      const got = await asserted(await digest(message), asked.credential);
      field("assertion").value = JSON.stringify(got.toJSON());
    } else if (asked.kind === "webcrypto") {
      const key = await held();
      if (key) field("signature").value = encoded(await crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, key, message));
    }
  };

  const prove = async () => {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(form.dataset.phoneMine));
    field("assertion").value = JSON.stringify((await navigator.credentials.get({ publicKey })).toJSON());
  };
  if (form.dataset.phoneMine) verifies().then((can) => { form.hidden = !can; });

  let state = "";
  form.addEventListener("submit", async (event) => {
    if (state === "ready") return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (state) return;
    state = "working";
    const button = event.submitter;
    try {
      if (form.dataset.phoneLink && button?.value === "link") await make();
      if (form.dataset.phoneAnswer) await sign(button?.value ?? "yes");
      if (form.dataset.phoneMine) await prove();
    } catch {
      // What could not be proven is refused by the server, in words.
    }
    // A form is not sent anew from within its own submit event, not even by what that event has awaited.
    await new Promise((resolve) => setTimeout(resolve));
    state = "ready";
    form.requestSubmit(button);
    state = "";
  });
})();
