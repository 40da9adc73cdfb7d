"use strict";
// The stream of the live page: opened again when it breaks, falls silent or belongs to another session. Used by live.js.
const Connection = (() => {
  const SILENT_MS = 40_000; // the gateway says something every 15 seconds
  const tabs = new BroadcastChannel("whetstone"); // tells the other tabs of this browser which session is in force; "": none
  let source = null, page = null, session = "", ended = false;
  let heard = 0; // when the gateway last said something (ms)
  let opening = null; // what came before `ready`: it is shown as one

  const within = (ms) => { // AbortSignal.timeout for browsers of some years ago
    const giving = new AbortController();
    setTimeout(() => giving.abort(), ms);
    return giving.signal;
  };
  const open = () => {
    source?.close();
    [source, ended, heard] = [new EventSource("/v1/alerts/stream"), false, Date.now()];
    const mine = source;
    const on = (name, handle) => mine.addEventListener(name, ({ data }) => { heard = Date.now(); handle(JSON.parse(data)); });
    const coming = (entry) => { if (opening) opening.push(entry); else page.came(entry); };
    mine.addEventListener("open", () => { [heard, opening] = [Date.now(), []]; page.state("open"); });
    on("alert", (alert) => coming({ alert }));
    on("ack", (ack) => coming({ ack }));
    on("ready", ready);
    on("beat", () => {});
    on("away", () => page.state("away"));
    on("back", () => page.state("open"));
    on("signed_out", end);
    mine.addEventListener("error", () => {
      if (mine !== source) return;
      page.state("down");
      if (mine.readyState === EventSource.CLOSED) retry(mine); // an answer other than 200: the browser gives up, we do not
    });
  };
  const ready = (greeting) => {
    if (session && greeting.session !== session) page.forget(); // somebody else's alerts, or tokens that no longer hold
    if (session !== greeting.session) tabs.postMessage(greeting.session);
    session = greeting.session;
    const entries = opening || [];
    opening = null;
    page.opened(greeting, entries);
  };
  const end = () => { source.close(); ended = true; page.state("ended"); };
  const retry = async (broken) => {
    const answer = await fetch("/live", { cache: "no-store", signal: within(20_000) }).catch(() => null);
    if (broken !== source) return;
    if (answer && answer.status === 401) { end(); return; }
    setTimeout(() => { if (broken === source && !ended) open(); }, 2000 + Math.random() * 2000);
  };
  const watch = () => { // a gateway that hangs, a network that went away, a computer that slept: no error says so
    if (ended || Date.now() - heard < SILENT_MS) return;
    page.state("down");
    open();
  };
  const signOut = async (event) => {
    event.preventDefault();
    const form = event.target;
    try {
      const answer = await fetch(form.action, { method: "POST", signal: within(20_000) });
      if (answer.status >= 500) throw new Error(String(answer.status));
      tabs.postMessage("");
      location.assign("/live");
    } catch {
      form.submit(); // the browser says what is wrong
    }
  };
  tabs.addEventListener("message", ({ data }) => {
    if (data === "") location.reload(); // signed out in another tab: what is shown here is nobody's any more
    else if (data !== session) open();
  });
  const begin = (told) => {
    page = told;
    setInterval(watch, 5_000);
    open();
  };
  return { begin, open, end, signOut, within };
})();
