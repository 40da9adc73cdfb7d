"use strict";
(() => {
  const TEXTS = {
    zh: {
      opening: "正在连接…", open: "实时", down: "连接中断，正在重试", away: "提醒暂时无法更新，恢复后自动补上", ended: "登录已过期，请使用新的登录链接",
      other: "English", signout: "退出", words: "搜索标题、对象、依据", severity: "级别", kind: "类型", state: "状态",
      every: "全部", unacked: "未确认", done: "已确认", ack: "确认", acking: "正在确认…", ackedBy: "已确认：",
      failed: "未能确认，请重试", empty: "暂时没有提醒。新的提醒会立即出现在这里。", none: "没有符合筛选条件的提醒。",
      noneOf: (kept) => `最新 ${kept} 条提醒中没有符合筛选条件的。`, older: "显示更早的提醒", loading: "正在载入…", unloaded: "未能载入，请重试",
      counts: (shown, open, kept) => `${kept ? `最新 ${kept} 条中` : ""}显示 ${shown} 条，${open} 条未确认`, rule: "规则", you: "您", manager: "销售经理", yes: "是", no: "否",
    },
    en: {
      opening: "Connecting…", open: "Live", down: "Connection lost, trying again", away: "Alerts are held up; they will come by themselves", ended: "Your session has ended: use a new sign-in link",
      other: "中文", signout: "Sign out", words: "Search titles, subjects, evidence", severity: "Severity", kind: "Kind", state: "State",
      every: "All", unacked: "Open", done: "Acknowledged", ack: "Acknowledge", acking: "Acknowledging…", ackedBy: "Acknowledged by ",
      failed: "Not acknowledged, please try again", empty: "No alerts yet. New ones appear here at once.", none: "No alert matches the filters.",
      noneOf: (kept) => `None of the newest ${kept} alerts matches the filters.`, older: "Show older alerts", loading: "Loading…", unloaded: "Not loaded, please try again",
      counts: (shown, open, kept) => `${shown} shown${kept ? ` of the newest ${kept}` : ""}, ${open} open`, rule: "Rule", you: "you", manager: "Sales manager", yes: "yes", no: "no",
    },
  };
  const { severities: SEVERITIES, kinds: KINDS, entities: ENTITIES, names: NAMES, values: VALUES } = WORDS; // words.json
  // Evidence of these names holds words of ours (a stage, a behaviour, …); elsewhere a word is what somebody wrote.
  const OURS = new Set(WORDS.ours), UNSAID = new Set(WORDS.unsaid); // unsaid: for machines

  const byId = (id) => document.getElementById(id);
  const alerts = new Map(); // signal id → {signal, recipient, acked, token, node}, as they are thrown away
  const MOST = 1000, WAIT_MS = 30_000;
  let kept = MOST; // alerts at the most; more once older ones were asked for
  let language = localStorage.getItem("whetstone-language") || document.documentElement.lang.slice(0, 2);
  let state = "opening", who = "", loaded = false;
  let before = null; // where older alerts than those of the page begin; null: it has all
  let day = new Date().toDateString();
  let dropped = false; // whether some gave way to newer ones: then older ones begin elsewhere, and the page begins anew

  const t = (name) => TEXTS[language][name];
  const pick = (pair, otherwise) => (pair ? pair[language === "zh" ? 0 : 1] : otherwise);
  const words = (name) => pick(NAMES[name], pick(VALUES[name], name.replaceAll("_", " ")));
  const make = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  // --- evidence in a form that people read -----------------------------------------------------------------------
  const LOCALES = { zh: "zh-CN", en: "en-GB" };
  const moment = (value) => new Date(value).toLocaleString(LOCALES[language], { dateStyle: "medium", timeStyle: "medium" });
  const between = (list) => (list.some((item) => typeof item === "object") ? "\n" : language === "zh" ? "、" : ", ");
  const known = (word) => [VALUES, NAMES, ENTITIES].map((group) => Object.hasOwn(group, word) && pick(group[word])).find(Boolean);
  const ruled = (rule) => { // form_submitted.newer: each part in words, or the rule as it is
    const parts = rule.split(".").map(known);
    return parts.every(Boolean) ? parts.join(" · ") : rule;
  };
  const readable = (value, name = "") => {
    if (value === null || value === undefined || value === "") return "–";
    if (typeof value === "boolean") return value ? t("yes") : t("no");
    if (typeof value === "string" && name === "field") return pick(VALUES[value], words(value));
    if (typeof value === "string" && name === "why") return ruled(value);
    if (typeof value === "string" && name === "channel") return known(value) || value;
    if (typeof value === "string" && OURS.has(name) && Object.hasOwn(VALUES, value)) return pick(VALUES[value]);
    if (typeof value === "string") return /^\d{4}-\d\d-\d\dT/.test(value) && !isNaN(Date.parse(value)) ? moment(value) : value;
    if (typeof value === "number") {
      if (/(_at|^at)$/.test(name) && value > 1e11) return moment(value);
      if (/probability|share|_rate$/.test(name) && value >= 0 && value <= 1) return (value * 100).toFixed(1) + " %";
      return Number.isInteger(value) ? String(value) : value.toLocaleString(LOCALES[language], { maximumFractionDigits: name === "lat" || name === "lon" ? 5 : 3 });
    }
    if (Array.isArray(value)) return value.map((item) => readable(item, name)).join(between(value)) || "–";
    if ("zh" in value && "en" in value) return value[language];
    const said = Object.entries(value).filter(([key]) => !UNSAID.has(key));
    const called = (key) => pick(name === "fields" && VALUES[key], words(key)); // a lead's title is a job's, else a tender's
    return said.map(([key, inner]) => `${called(key)} ${readable(inner, key)}`).join(" · ") || "–";
  };
  const evidence = (signal) => {
    const list = make("dl");
    for (const [name, value] of Object.entries(signal.evidence || {})) {
      if (value === null || UNSAID.has(name)) continue;
      const pair = make("div");
      pair.append(make("dt", "", words(name)), make("dd", "", readable(value, name)));
      list.append(pair);
    }
    return list;
  };
  const entity = (key) => {
    const [kind, ...rest] = key.split(":");
    const line = make("p", "entity", pick(ENTITIES[kind], kind) + " ");
    line.append(make("code", "", rest.join(":")));
    return line;
  };

  // --- one alert -------------------------------------------------------------------------------------------------
  const when = (at) => {
    const date = new Date(at), node = make("time", "", moment(at));
    node.dateTime = at;
    if (date.toDateString() === new Date().toDateString()) node.textContent = date.toLocaleTimeString(LOCALES[language]);
    node.title = moment(at);
    return node;
  };
  const titled = ({ title, kind }) => title[language] || title.en || title.zh || pick(KINDS[kind], kind);
  const person = (name) => { // as the sign-in page calls them
    if (name === "role:manager") return t("manager");
    return name.startsWith("rep:") ? `${pick(ENTITIES.rep)} ${name.slice(4)}` : name;
  };
  const footer = (alert) => {
    const foot = make("footer"), { rule, model } = alert.signal;
    foot.append(make("span", "rule", `${t("rule")} ${rule}${model ? ` · ${model}` : ""}`));
    if (alert.acked) {
      const by = alert.acked.by === who ? t("you") : person(alert.acked.by);
      foot.append(make("span", "", `${t("ackedBy")}${by}, ${moment(alert.acked.at)}`));
      return foot;
    }
    const button = make("button", "", t("ack"));
    button.type = "button";
    button.setAttribute("aria-label", `${t("ack")}: ${titled(alert.signal)}`);
    button.addEventListener("click", () => acknowledge(alert, foot, button));
    foot.append(button);
    return foot;
  };
  const draw = (alert) => {
    const { signal } = alert, item = make("li");
    const card = make("article", `${signal.severity}${alert.acked ? " acked" : ""}${alert.fresh ? " fresh" : ""}`);
    alert.fresh = false;
    card.tabIndex = -1;
    const head = make("header");
    head.append(make("span", "severity", pick(SEVERITIES[signal.severity], signal.severity)), make("span", "", pick(KINDS[signal.kind], signal.kind)), when(signal.at));
    card.append(head, make("h2", "", titled(signal)), entity(signal.entity), evidence(signal), footer(alert));
    item.append(card);
    if (alert.node && alert.node.isConnected) alert.node.replaceWith(item);
    alert.node = item;
    return item;
  };
  const acknowledge = async (alert, foot, button) => {
    const focused = document.activeElement === button;
    foot.querySelector(".failed")?.remove();
    button.disabled = true;
    button.textContent = t("acking");
    try {
      const answer = await fetch(`/v1/alerts/${encodeURIComponent(alert.signal.signal_id)}/ack`, { method: "POST", headers: { "X-Alert-Token": alert.token }, signal: Connection.within(WAIT_MS) });
      if (answer.status === 401) Connection.end(); // signed out elsewhere, or expired: trying again would not help
      if (answer.status === 403) Connection.open(); // the token is of an earlier session: it comes again with this one's
      if (!answer.ok) throw new Error(String(answer.status));
      mark(alert.signal.signal_id, await answer.json()); // by whoever was first
    } catch {
      button.disabled = false;
      button.textContent = t("ack");
      foot.append(make("span", "failed", t("failed")));
    }
    if (focused && document.activeElement === document.body) (button.isConnected ? button : alert.node.firstChild).focus(); // who uses the keyboard stays here
  };
  const mark = (id, acked) => {
    const alert = alerts.get(id);
    if (!alert || alert.acked) return;
    alert.acked = acked;
    draw(alert);
    filter();
  };

  // --- the list --------------------------------------------------------------------------------------------------
  const matches = ({ signal, acked }) => {
    const text = byId("words").value.trim().toLowerCase(), severity = byId("severity").value, kind = byId("kind").value;
    if ((severity && signal.severity !== severity) || (kind && signal.kind !== kind)) return false;
    if (byId("acked").value && Boolean(acked) !== (byId("acked").value === "done")) return false;
    return !text || JSON.stringify([signal.title, signal.entity, signal.evidence]).toLowerCase().includes(text);
  };
  const hasAll = () => before === null && !dropped;
  const filter = () => {
    let shown = 0, open = 0;
    for (const alert of alerts.values()) {
      const visible = matches(alert);
      alert.node.hidden = !visible;
      shown += visible;
      open += !alert.acked;
    }
    byId("counts").textContent = t("counts")(shown, open, hasAll() ? 0 : alerts.size);
    byId("more").hidden = hasAll() || !loaded;
    byId("empty").hidden = shown > 0 || !loaded;
    byId("empty").textContent = alerts.size ? (hasAll() ? t("none") : t("noneOf")(alerts.size)) : t("empty");
    document.title = (open ? `(${open}) ` : "") + "Whetstone";
  };
  let planned = false;
  const filterSoon = () => {
    if (planned) return;
    planned = true;
    requestAnimationFrame(() => { planned = false; filter(); });
  };
  const add = (alert) => {
    const id = alert.signal.signal_id;
    if (alerts.has(id)) return;
    alerts.set(id, alert);
    alert.fresh = loaded;
    byId("alerts").prepend(draw(alert));
    if (loaded) byId("spoken").textContent = `${pick(SEVERITIES[alert.signal.severity], alert.signal.severity)}: ${titled(alert.signal)}`;
    if (alerts.size > kept) {
      const last = byId("alerts").lastElementChild; // older ones that were asked for stand last, too
      alerts.delete([...alerts].find(([, { node }]) => node === last)[0]);
      last.remove();
      dropped = true;
    }
    filterSoon();
  };
  const forget = () => {
    alerts.clear();
    byId("alerts").replaceChildren();
    [kept, before, dropped, loaded] = [MOST, null, false, false];
  };
  const addOlder = async () => {
    if (dropped) { forget(); Connection.open(); return; }
    byId("older").disabled = true;
    byId("older-state").textContent = t("loading");
    try {
      const answer = await fetch(`/v1/alerts?before=${before}`, { cache: "no-store", signal: Connection.within(WAIT_MS) });
      if (answer.status === 401) Connection.end();
      if (!answer.ok) throw new Error(String(answer.status));
      const page = await answer.json();
      for (const alert of page.alerts.filter(({ signal }) => !alerts.has(signal.signal_id))) {
        alerts.set(alert.signal.signal_id, alert);
        byId("alerts").append(draw(alert));
        kept += 1;
      }
      before = page.before;
      byId("older-state").textContent = "";
    } catch {
      byId("older-state").textContent = t("unloaded");
    }
    byId("older").disabled = false;
    filter();
  };

  // --- words of the page -----------------------------------------------------------------------------------------
  const choices = (id, label, pairs) => {
    const select = byId(id), chosen = select.value;
    select.replaceChildren(...pairs.map(([value, text]) => new Option(text, value)));
    select.value = chosen;
    select.setAttribute("aria-label", label);
  };
  const show = () => {
    byId("state").dataset.state = state;
    byId("state").textContent = t(state);
    byId("who").textContent = person(who);
  };
  const speak = () => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
    byId("language").textContent = t("other");
    byId("signout").textContent = t("signout");
    byId("older").textContent = t("older");
    byId("words").placeholder = t("words");
    byId("words").setAttribute("aria-label", t("words"));
    const list = (table) => Object.entries(table).map(([value, pair]) => [value, pick(pair)]);
    choices("severity", t("severity"), [["", `${t("severity")}: ${t("every")}`], ...list(SEVERITIES)]);
    choices("kind", t("kind"), [["", `${t("kind")}: ${t("every")}`], ...list(KINDS)]);
    choices("acked", t("state"), [["", `${t("state")}: ${t("every")}`], ["open", t("unacked")], ["done", t("done")]]);
    Exporting.speak(language);
    show();
    alerts.forEach(draw);
    filter();
  };

  // --- the stream ------------------------------------------------------------------------------------------------
  const came = ({ alert, ack }) => {
    if (ack) { mark(ack.signal_id, ack); return; }
    const known = alerts.get(alert.signal.signal_id);
    if (!known) { add(alert); return; }
    known.token = alert.token;
    if (alert.acked) mark(alert.signal.signal_id, alert.acked);
  };
  const opened = (greeting, entries) => {
    const inbox = "before" in greeting, meets = entries.some(({ alert }) => alert && alerts.has(alert.signal.signal_id));
    if (inbox && greeting.before !== null && !meets) forget(); // more was missed than an inbox shows: the rest is to be asked for
    if (inbox && !alerts.size) before = greeting.before;
    who = greeting.who;
    entries.forEach(came);
    loaded = true;
    Exporting.allow(greeting);
    show();
    filter();
  };
  const turn = () => { // what was of today says its date from midnight on
    if (new Date().toDateString() === day) return;
    day = new Date().toDateString();
    alerts.forEach(draw);
    filter();
  };

  byId("older").addEventListener("click", addOlder);
  byId("language").addEventListener("click", () => { language = language === "zh" ? "en" : "zh"; localStorage.setItem("whetstone-language", language); speak(); });
  for (const id of ["words", "severity", "kind", "acked"]) byId(id).addEventListener("input", filter);
  byId("signout").form.addEventListener("submit", Connection.signOut);
  setInterval(turn, 30_000);
  speak();
  Connection.begin({ came, opened, forget, state: (now) => { state = now; show(); } });
})();
