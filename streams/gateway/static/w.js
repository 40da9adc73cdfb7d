/* Whetstone in the browser: page views, link clicks and forms, without cookies of others and without dependencies.

   <script async src="https://GATEWAY/w.js" data-key="wpk_..."></script>

   data-key       a public key (whetstone key create --public --origin https://www.example.com)
   data-consent   "required": nothing is stored or sent before whetstone.consent(true)
   data-gateway   another address than the one this file came from
   data-source    for keys that are not bound to a source
   data-auto      what is recorded by itself: "page link form" (default), any of them, or "none"

   whetstone.track(type, data)      record any touchpoint
   whetstone.identify(kind, value)  say who the visitor is, until the page is left
   whetstone.form(element, {form: "demo", fields: {phone: "mobile"}})   record a form when it is submitted
   whetstone.consent(true | false)  false forgets everything that was stored, but for the refusal
   whetstone.flush()                send now
*/
(() => {
  "use strict";
  const script = document.currentScript;
  if (!script || window.whetstone) return;

  const options = script.dataset;
  const address = (options.gateway || new URL(script.src).origin) + "/v1/beacon?key=" + encodeURIComponent(options.key || "");
  const auto = (options.auto || "page link form").split(/\s+/);
  const PREFIX = "whetstone:";
  const QUEUED = PREFIX + "e:"; // waits to be sent
  const LEFT = PREFIX + "b:"; // given to sendBeacon, which never says whether it arrived
  const KEEP_EVENTS = 300, KEEP_CHARS = 200_000; // bounds of the queue in localStorage
  const BATCH_EVENTS = 50, BATCH_CHARS = 48_000;
  const KEEPALIVE_CHARS = 20_000; // of three bytes each: browsers let 64 KiB go with a page that is being left
  const SOON_MS = 1_000, DWELL_LIMIT_MS = 60_000, BACKOFF_MS = 2_000, LONGEST_MS = 300_000;

  // --- storage: one entry an event, so that tabs do not overwrite each other -------------------------------------
  const memory = new Map();
  const disk = (() => { try { return window.localStorage; } catch { return null; } })(); // null: the browser forbids it
  const get = (key) => (disk ? disk.getItem(key) : memory.get(key)) ?? null;
  const remove = (key) => (disk ? disk.removeItem(key) : memory.delete(key));
  const put = (key, value) => {
    try {
      disk ? disk.setItem(key, value) : memory.set(key, value);
      return true;
    } catch {
      return false; // the browser's own quota
    }
  };
  const keys = (prefix) =>
    (disk ? Object.keys(disk) : [...memory.keys()]).filter((key) => key.startsWith(prefix)).sort();

  const uuid = () =>
    crypto.randomUUID
      ? crypto.randomUUID()
      : [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");

  // --- consent ---------------------------------------------------------------------------------------------------
  const mustAsk = options.consent === "required" || navigator.globalPrivacyControl === true;
  const decided = get(PREFIX + "consent");
  let refused = decided === "no";
  let allowed = decided === "yes" || (!mustAsk && !refused);
  let beforeConsent = []; // while nobody was asked: in memory only, gone with the page

  const consent = (given) => {
    allowed = Boolean(given);
    refused = !allowed;
    if (refused) {
      keys(PREFIX).forEach(remove);
      beforeConsent = [];
      visitorId = null;
      known.clear();
    }
    put(PREFIX + "consent", allowed ? "yes" : "no");
    if (allowed) beforeConsent.splice(0).forEach((args) => track(...args));
  };

  // --- who -------------------------------------------------------------------------------------------------------
  let visitorId = null;
  const known = new Map();

  const visitor = () => {
    const cookie = document.cookie.match(/(?:^|; )whetstone_visitor=([A-Za-z0-9-]{16,64})/);
    visitorId = (cookie && cookie[1]) || get(PREFIX + "visitor") || visitorId || uuid(); // tabs agree on what is stored
    if (get(PREFIX + "visitor") !== visitorId) put(PREFIX + "visitor", visitorId);
    return visitorId;
  };

  const identify = (kind, value) => {
    if (kind && value) known.set(String(kind), String(value));
  };

  // --- events ----------------------------------------------------------------------------------------------------
  const now = () => {
    const date = new Date(), east = -date.getTimezoneOffset(), pad = (number) => String(number).padStart(2, "0");
    const local = new Date(date.getTime() + east * 60_000).toISOString().slice(0, -1);
    return local + (east < 0 ? "-" : "+") + pad(Math.floor(Math.abs(east) / 60)) + ":" + pad(Math.abs(east) % 60);
  };

  const track = (type, data, at = now()) => {
    if (!allowed) {
      if (!refused && beforeConsent.length < BATCH_EVENTS) beforeConsent.push([type, data, at]);
      return;
    }
    const ids = [...known].map(([kind, value]) => ({ kind, value }));
    const event = { event_id: uuid(), type, occurred_at: at, data: data || {} };
    event.subject = { ids: [{ kind: "device", value: visitor() }, ...ids] };
    if (options.source) event.source = options.source;
    const lost = Number(get(PREFIX + "lost"));
    if (lost) {
      event.lost_before = lost; // the queue was full: say so rather than lose silently
      remove(PREFIX + "lost");
    }
    enqueue(event);
    plan(keys(QUEUED).length >= BATCH_EVENTS ? 0 : SOON_MS);
  };

  let counter = 0;
  const enqueue = (event) => {
    const order = String(Date.now()).padStart(14, "0") + "-" + String(counter++).padStart(6, "0");
    // half a character (an emoji that an input cut at its maxlength) is no Unicode: no server would read it
    const text = JSON.stringify(event).replace(/\\ud[89a-f][0-9a-f]{2}/g, "\\ufffd");
    let waiting = [...keys(LEFT), ...keys(QUEUED)];
    let size = waiting.reduce((sum, key) => sum + (get(key) || "").length, text.length);
    while (waiting.length && (waiting.length >= KEEP_EVENTS || size > KEEP_CHARS)) {
      const oldest = waiting.shift();
      size -= (get(oldest) || "").length;
      drop(oldest);
    }
    if (!put(QUEUED + order + "-" + event.event_id.slice(0, 8), text)) lose(text);
  };
  const lose = (text) => {
    const carried = text ? JSON.parse(text).lost_before || 0 : 0;
    put(PREFIX + "lost", String(Number(get(PREFIX + "lost")) + carried + 1));
  };
  const drop = (key) => {
    if (key.startsWith(QUEUED)) lose(get(key));
    remove(key);
  };

  const batch = (most) => {
    const chosen = [], texts = [];
    let size = 2;
    for (const key of keys(QUEUED).slice(0, most)) {
      const text = get(key);
      if (!text) continue; // another tab was faster
      size += text.length * 3 + 1; // at most three bytes a character in UTF-8
      if (chosen.length && size > BATCH_CHARS) break;
      chosen.push(key);
      texts.push(text);
    }
    return { chosen, body: "[" + texts.join(",") + "]" };
  };

  // --- sending ---------------------------------------------------------------------------------------------------
  let timer = null, sending = false, failures = 0, most = BATCH_EVENTS, quietUntil = 0;

  const plan = (delay) => {
    const wait = Math.max(delay, quietUntil - Date.now());
    if (timer && timer.at <= Date.now() + wait) return;
    if (timer) clearTimeout(timer.id);
    timer = { at: Date.now() + wait, id: setTimeout(() => { timer = null; send(); }, wait) };
  };

  const backOff = (seconds) => {
    const doubled = Math.min(LONGEST_MS, BACKOFF_MS * 2 ** failures++) * (0.75 + Math.random() / 2);
    quietUntil = Date.now() + Math.max(doubled, (Number(seconds) || 0) * 1000);
    plan(0);
  };

  const send = () => {
    if (sending || !allowed || !keys(QUEUED).length) return;
    sending = true;
    const done = () => { sending = false; if (keys(QUEUED).length) plan(0); };
    const one = () => post().then(done, done);
    // One tab sends at a time; the others look again later. Where nothing may be stored, each has a queue of its own.
    if (disk && navigator.locks) {
      navigator.locks.request(PREFIX + "send", { ifAvailable: true }, (lock) => {
        if (lock) return one();
        sending = false;
        plan(SOON_MS);
      });
    } else one();
  };

  const post = async () => {
    const { chosen, body } = batch(most);
    if (!chosen.length) return;
    let answer;
    try {
      answer = await fetch(address, {
        method: "POST", body, headers: { "Content-Type": "text/plain" }, credentials: "omit",
        keepalive: body.length <= KEEPALIVE_CHARS, // else the browser would refuse a large event, again and again
      });
    } catch {
      backOff(0); // offline, or the gateway is away
      return;
    }
    settle(answer, chosen);
  };

  const settle = (answer, chosen) => {
    if (answer.ok || answer.status === 400) {
      chosen.forEach((key) => remove(key)); // also what was rejected: it would be rejected again
      failures = 0;
      most = BATCH_EVENTS;
    } else if (answer.status === 413) {
      if (chosen.length === 1) drop(chosen[0]);
      most = Math.max(1, chosen.length >> 1);
    } else if (answer.status === 401 || answer.status === 403) {
      backOff(LONGEST_MS / 1000); // the key is wrong: keep the events until somebody mends it
    } else {
      backOff(answer.headers.get("Retry-After"));
    }
  };

  const leave = () => {
    if (!allowed || !navigator.sendBeacon) return;
    for (;;) {
      const { chosen, body } = batch(BATCH_EVENTS);
      if (!chosen.length || !navigator.sendBeacon(address, new Blob([body], { type: "text/plain" }))) return;
      for (const key of chosen) rename(key, LEFT + key.slice(QUEUED.length));
    }
  };
  const rename = (from, to) => {
    const text = get(from);
    remove(from);
    if (text) put(to, text);
  };

  // What a beacon carried is sent once more, under the same ids: the gateway tells repeats apart, lost is lost.
  const recover = () => {
    if (!allowed) return;
    for (const key of keys(LEFT)) rename(key, QUEUED + key.slice(LEFT.length));
    plan(SOON_MS);
  };

  // --- what is recorded by itself --------------------------------------------------------------------------------
  let view = null, viewed = ""; // the address of the last view, which may be over

  const openView = () => {
    if (!auto.includes("page")) return;
    viewed = location.href;
    view = { url: viewed, referrer: document.referrer, at: now(), began: Date.now() };
    const mine = view;
    setTimeout(() => closeView(mine), DWELL_LIMIT_MS);
  };
  const closeView = (which) => {
    if (!view || (which && which !== view)) return;
    const { url, referrer, at, began } = view;
    view = null;
    const data = { url, dwell_ms: Math.min(Date.now() - began, DWELL_LIMIT_MS) };
    if (document.title) data.title = document.title;
    if (referrer) data.referrer = referrer;
    track("page_viewed", data, at);
  };
  const moved = () => {
    if (viewed === location.href) return; // routers replace the state to keep where the page was scrolled to
    closeView();
    openView();
  };
  for (const name of ["pushState", "replaceState"]) {
    const original = history[name];
    history[name] = function (...args) {
      const result = original.apply(this, args);
      moved();
      return result;
    };
  }

  const onClick = (event) => {
    const link = event.target instanceof Element && event.target.closest("a[href]");
    if (!link || !/^https?:$/.test(link.protocol) || link.host === location.host) return;
    track("link_clicked", { link: (link.dataset.whetstoneLink || link.id || link.host).slice(0, 100), url: link.href });
  };

  const submitted = (element, { form, fields } = {}) => {
    const data = { form: form || element.dataset.whetstoneForm || element.id || element.name || "form" };
    const chosen = { ...fields };
    element.querySelectorAll("[data-whetstone]").forEach((input) => { chosen[input.dataset.whetstone] = input.name; });
    for (const [field, name] of Object.entries(chosen)) {
      const input = element.elements.namedItem(name);
      if (input && input.type !== "password" && input.value) data[field] = input.value;
    }
    track("form_submitted", data);
    plan(0);
  };
  const form = (element, settings) => element.addEventListener("submit", () => submitted(element, settings));
  const onSubmit = (event) => {
    if (event.target instanceof HTMLFormElement && event.target.dataset.whetstoneForm) submitted(event.target);
  };

  const hide = () => { closeView(); leave(); };
  if (auto.includes("link")) addEventListener("click", onClick, true);
  if (auto.includes("form")) addEventListener("submit", onSubmit, true);
  addEventListener("popstate", moved);
  addEventListener("pagehide", hide);
  document.addEventListener("visibilitychange", () => (document.visibilityState === "hidden" ? hide() : recover()));
  addEventListener("pageshow", (event) => { if (event.persisted) openView(); });
  addEventListener("online", () => { failures = 0; quietUntil = 0; plan(0); });

  window.whetstone = { track, identify, form, consent, flush: send };
  if (allowed) visitor();
  recover();
  openView();
})();
