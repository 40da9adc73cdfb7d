"use strict";
// Leads as a table: what the session may see, as far as the conditions hold. Used by live.js.
const Exporting = (() => {
  const TEXTS = {
    zh: {
      open: "导出线索", add: "添加条件", remove: "删除条件", from: "更新日期从", to: "到", format: "格式", unmasked: "显示完整联系方式（将被记录）",
      start: "下载", working: "正在生成…", done: "已下载", field: "字段", operator: "关系", value: "值（多个值用 | 分隔）",
      is: "是", not: "不是", contains: "包含", empty: "为空", filled: "不为空",
      busy: "正在生成另一份导出，请稍后再试", too_many: "超过 100,000 条线索，请增加条件", unavailable: "线索库暂时无法读取，请稍后再试",
      no_session: "登录已过期，请使用新的登录链接", failed: "未能导出，请重试", bad_condition: "条件有误：日期应为 2026-11-21，值不能为空",
    },
    en: {
      open: "Export leads", add: "Add a condition", remove: "Remove the condition", from: "Changed from", to: "to", format: "Format",
      unmasked: "Contact data in full (this is written down)", start: "Download", working: "Being written…", done: "Downloaded",
      field: "Field", operator: "Relation", value: "Value (several as A|B)",
      is: "is", not: "is not", contains: "contains", empty: "is empty", filled: "is filled",
      busy: "Another export is being written: try again in a moment", too_many: "More than 100,000 leads: add conditions",
      unavailable: "The lead library cannot be read now: try again later", no_session: "Your session has ended: use a new sign-in link",
      failed: "Not exported, please try again", bad_condition: "A condition is wrong: dates are 2026-11-21, values are not empty",
    },
  };
  const { shown_fields: SHOWN, hidden_fields: HIDDEN } = WORDS, MOST = 10; // hidden: in part, by a masked table
  const byId = (id) => document.getElementById(id);
  let language = "zh", said = "";

  const t = (name) => TEXTS[language][name] || TEXTS[language].failed;
  const called = (field) => (field === "title" ? WORDS.values : WORDS.names)[field][language === "zh" ? 0 : 1]; // a job's title
  const whole = () => byId("export-unmasked").checked;
  const option = (value, text) => new Option(text, value);
  const select = (name, label, options) => {
    const node = document.createElement("select");
    node.name = name;
    node.setAttribute("aria-label", label);
    node.append(...options);
    return node;
  };
  const tell = (name) => { said = name; byId("export-state").textContent = name ? t(name) : ""; };

  // --- conditions: which relations a field knows depends on whether the table shows it -------------------------------
  const fit = (row) => {
    const [field, operator, value] = row.querySelectorAll("select, input"), before = operator.value;
    const open = whole() || SHOWN.includes(field.value);
    const known = [...(open ? ["is", "not", ...(field.value === "id_number" ? [] : ["contains"])] : []), "empty", "filled"];
    operator.replaceChildren(...known.map((name) => option(name, t(name))));
    operator.value = known.includes(before) ? before : known[0];
    value.hidden = ["empty", "filled"].includes(operator.value);
  };
  const add = () => {
    const row = document.createElement("div"), value = document.createElement("input"), remove = document.createElement("button");
    const field = select("field", t("field"), [...SHOWN, ...HIDDEN].map((name) => option(name, called(name))));
    value.name = "value";
    value.maxLength = 200;
    remove.type = "button";
    remove.textContent = "×";
    row.append(field, select("operator", t("operator"), [option("is", t("is"))]), value, remove);
    row.addEventListener("change", () => fit(row));
    remove.addEventListener("click", () => { row.remove(); count(); });
    byId("export-conditions").append(row);
    name(row);
    fit(row);
    count();
  };
  const count = () => { byId("export-add").disabled = rows().length >= MOST; };
  const rows = () => [...byId("export-conditions").children];
  const name = (row) => {
    const [field, operator, value] = row.querySelectorAll("select, input");
    for (const each of field.options) each.textContent = called(each.value);
    field.setAttribute("aria-label", t("field"));
    operator.setAttribute("aria-label", t("operator"));
    value.setAttribute("aria-label", t("value"));
    value.placeholder = t("value");
    row.querySelector("button").setAttribute("aria-label", t("remove"));
  };
  const condition = (row) => {
    const [field, operator, value] = [...row.querySelectorAll("select, input")].map((each) => each.value);
    if (operator === "empty") return { field, operator: "is", values: [] };
    if (operator === "filled") return { field, operator: "not", values: [] };
    return { field, operator, values: value.split("|").map((part) => part.trim()) };
  };

  // --- the download ------------------------------------------------------------------------------------------------
  const wish = () => ({
    where: rows().map(condition), changed_from: byId("export-from").value, changed_to: byId("export-to").value,
    format: byId("export-format").value, language, unmasked: whole(),
  });
  const save = (blob, kind) => {
    const link = document.createElement("a"), day = new Date().toLocaleDateString("sv-SE");
    link.href = URL.createObjectURL(blob);
    link.download = `${language === "zh" ? "线索" : "leads"}-${day}.${kind}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  };
  const start = async (event) => {
    event.preventDefault();
    const asked = wish();
    if (asked.where.some(({ values }) => values.includes(""))) { tell("bad_condition"); return; }
    byId("export-start").disabled = true;
    tell("working");
    try {
      const answer = await fetch("/v1/leads/export", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked) });
      if (!answer.ok) { tell((await answer.json()).code); return; }
      save(await answer.blob(), asked.format);
      tell("done");
    } catch {
      tell("failed");
    } finally {
      byId("export-start").disabled = false;
    }
  };

  const speak = (spoken) => {
    language = spoken;
    for (const id of ["open", "add", "start"]) byId(`export-${id}`).textContent = t(id);
    for (const id of ["from", "to", "format", "unmasked"]) document.querySelector(`[for="export-${id}"]`).textContent = t(id);
    rows().forEach((row) => { name(row); fit(row); });
    tell(said);
  };
  const allow = ({ leads, unmasked }) => {
    byId("export-open").hidden = !leads;
    byId("export-whole").hidden = !unmasked;
  };
  byId("export-open").addEventListener("click", () => {
    const form = byId("export");
    form.hidden = !form.hidden;
    byId("export-open").setAttribute("aria-expanded", String(!form.hidden));
  });
  byId("export-add").addEventListener("click", add);
  byId("export-unmasked").addEventListener("change", () => rows().forEach(fit));
  byId("export").addEventListener("submit", start);
  return { allow, speak };
})();
