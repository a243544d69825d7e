// The page of unsent records: what waits, why, and what others recorded meanwhile, side by side.

import { WARNS, all, daysLeft, drain, forget, keep, one, staff, uuid7 } from "./queue.js";

const REASONS = {
  network: "電波がないか、台帳につながりません。",
  server: "台帳がいま記録を受け付けていません。",
  login: "ログインの期限が切れています。",
  refused: "",
};

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function facts(lines) {
  const list = element("dl", "", { class: "facts" });
  for (const [label, text] of lines) {
    const row = element("div");
    row.append(element("dt", label), element("dd", text));
    list.append(row);
  }
  return list;
}

function other(item) {
  const box = element("article", "", { class: "event" });
  box.append(element("h4", `${item.day}　${item.label}`));
  const lines = [...item.quotes, ...item.rows].map((row) => [row.label, row.text]);
  box.append(facts(lines), element("p", `記録 ${item.who}　番号 ${item.position}`, { class: "by" }));
  return box;
}

function button(text, act, kind = "") {
  const made = element("button", text, { type: "button", ...(kind && { class: kind }) });
  made.addEventListener("click", act);
  return made;
}

/** Opens the record in its own form, where the server says beside each field what is wrong. */
function reopen(item) {
  const form = element("form", "", { method: "post", action: item.url });
  for (const [name, value] of new URLSearchParams(item.body)) {
    form.append(element("input", "", { type: "hidden", name, value }));
  }
  document.body.append(form);
  form.submit();
}

/** The same record once more, now that both accounts were seen; `anew` as a further one. */
async function again(id, anew) {
  const item = await one(id);
  const body = new URLSearchParams(item.body);
  body.delete("expected_version");
  const { problem: _, ...rest } = item;
  const next = { ...rest, id: anew ? uuid7() : id };
  body.set("id", next.id);
  await keep({ ...next, body: body.toString() });
  if (anew) await forget(id);
  await send();
}

/** A line on how long a record stays, once that matters. */
function term(item) {
  const left = daysLeft(item);
  if (left > WARNS) return [];
  const words = `この端末には、あと ${left} 日しか残りません。早めに電波のあるところで送信してください。`;
  return [element("p", words, { class: "error" })];
}

/** A record that this login cannot open. */
function closed(item) {
  const box = element("section", "", { class: "card unsent" });
  const words = item.locked
    ? "鍵がないため、開くことも送信することもできない記録です。"
    : "ほかの職員が入力した記録です。その職員がログインすると送信されます。内容は表示しません。";
  box.append(element("h2", "未送信の記録"), element("p", words));
  if (item.locked) box.append(button("この端末から消す", () => forget(item.id)));
  return box;
}

function card(item) {
  const me = staff();
  if (item.locked || (me && item.staff !== me)) return closed(item);
  const box = element("section", "", { class: "card unsent", "data-unsent": item.id });
  const when = new Date(item.at).toLocaleString("ja-JP", { dateStyle: "medium", timeStyle: "short" });
  box.append(element("h2", `${item.title}　${item.about}`), element("p", `${when} に入力`, { class: "by" }), ...term(item));
  if (!item.problem) {
    box.append(element("p", REASONS[item.reason] ?? "送信を待っています。"));
    if (item.reason === "login") {
      box.append(element("a", "ログインする", { href: "/login?next=%2Foutbox", class: "button" }));
    }
    // Without a login nobody knows who looks at the screen.
    if (me) box.append(facts(item.lines));
    return box;
  }
  box.append(element("p", item.problem.title, { class: "error" }), element("p", item.problem.detail));
  const faults = (item.problem.faults ?? []).map((fault) => element("li", `${fault.label}：${fault.text}`));
  if (faults.length > 0) {
    const list = element("ul");
    list.append(...faults);
    box.append(list);
  }
  const sides = element("div", "", { class: "sides" });
  const mine = element("div");
  mine.append(element("h3", "この端末の記録（未送信）"), facts(item.lines));
  const theirs = element("div");
  theirs.append(element("h3", "台帳に登録ずみの記録"), ...(item.problem.others ?? []).map(other));
  sides.append(mine);
  if (item.problem.others?.length) sides.append(theirs);
  const actions = element("p", "", { class: "actions" });
  if (item.problem.status === 412) actions.append(button("別の出来事なので、両方を残す", () => again(item.id, false), "primary"));
  if (item.problem.status === 409) actions.append(button("別の記録として送信する", () => again(item.id, true), "primary"));
  if (item.problem.status !== 409) actions.append(button("開いて直す", () => reopen(item)));
  actions.append(button("この端末の記録をやめる", async () => {
    if (confirm("この端末の記録を削除します。台帳の記録は変わりません。よろしいですか。")) await forget(item.id);
  }));
  box.append(sides, actions);
  return box;
}

async function show() {
  const items = await all();
  const state = document.querySelector("[data-outbox-state]");
  state.textContent = items.length === 0 ? "未送信の記録はありません。" : `未送信 ${items.length} 件`;
  document.querySelector("[data-send]").hidden = items.length === 0;
  document.querySelector("[data-outbox-list]").replaceChildren(...items.map(card));
}

async function send() {
  await drain();
  await show();
}

addEventListener("banso-queue", show);
document.querySelector("[data-send]").addEventListener("click", send);
await show();
await send();
