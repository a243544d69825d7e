// What scripts add to the pages: forms go through the queue, the count of unsent records is shown,
// and pages for the way are kept on this device. Without scripts every form works as it is.

import { WARNS, all, daysLeft, deliver, discard, drain, expire, forget, keep, staff, uuid7 } from "./queue.js";

const KEPT = "banso-pages";

async function show() {
  const items = (await all().catch(() => [])).filter((item) => !item.locked);
  for (const place of document.querySelectorAll("[data-queue]")) {
    place.hidden = items.length === 0;
    place.querySelector("[data-queue-count]").textContent = String(items.length);
    place.classList.toggle("stuck", items.some((item) => item.problem || daysLeft(item) <= WARNS));
  }
}

function offline(yes) {
  for (const place of document.querySelectorAll("[data-offline]")) place.hidden = !yes;
}

/** A page that was kept on the device cannot know: the server is asked. */
async function ask() {
  const there = await fetch("/healthz", { cache: "no-store" }).then((answer) => answer.ok, () => false);
  offline(!there);
  return there;
}

function fresh(form) {
  for (const field of form.querySelectorAll("[data-id]")) field.value = uuid7();
  for (const field of form.querySelectorAll("[data-subject]")) {
    field.value = `${field.dataset.subject}/${uuid7()}`;
  }
}

function shown(form) {
  const lines = [];
  for (const field of form.querySelectorAll("input, select, textarea")) {
    const ticks = field.type === "radio" || field.type === "checkbox";
    if (field.type === "hidden" || !field.value.trim() || (ticks && !field.checked)) continue;
    const group = field.closest("fieldset")?.querySelector("legend")?.firstChild?.textContent;
    const own = field.labels?.[0]?.textContent ?? "";
    const text = field.tagName === "SELECT" ? field.selectedOptions[0].textContent : field.value;
    if (ticks) lines.push([(group ?? "").trim() || own.trim(), group ? own.trim() : "はい"]);
    else lines.push([own.replace("必須", "").trim(), text]);
  }
  return lines;
}

async function submit(event) {
  const form = event.target;
  if (!form.matches?.("form[data-outbox]") || event.submitter?.matches("[data-direct]")) return;
  const id = form.querySelector('[name="id"]').value;
  event.preventDefault();
  const button = event.submitter;
  if (button) button.disabled = true;
  const body = new URLSearchParams(new FormData(form)).toString();
  const url = form.getAttribute("action") || location.pathname;
  const item = {
    id, url, body, staff: staff(), at: Date.now(), title: form.dataset.outbox,
    about: form.dataset.about ?? "", page: location.pathname + location.search, lines: shown(form),
  };
  try {
    await keep(item);
  } catch {
    // No room or no database here: the form goes the plain way.
    form.submit();
    return;
  }
  const result = await deliver(id);
  if (result.sent) {
    location.assign(result.location);
    return;
  }
  if (result.refused && result.problem.status !== 403) {
    // The page that the server makes of a refusal says it beside the field; the record waits there.
    await forget(id);
    form.submit();
    return;
  }
  location.assign("/outbox");
}

/** Keeps the cards that will be needed on the way, one after another. */
async function provide() {
  if (!("caches" in window) || !navigator.onLine) return;
  const pages = new Set(["/today", "/outbox"]);
  for (const link of document.querySelectorAll("a[data-keep]")) pages.add(link.getAttribute("href"));
  const cache = await caches.open(KEPT);
  for (const page of [...pages].slice(0, 40)) {
    const answer = await fetch(page).catch(() => null);
    if (answer?.ok && !answer.redirected) await cache.put(page, answer);
  }
}

async function leave(event) {
  const form = event.target;
  if (!form.matches?.("form[data-logout]")) return;
  event.preventDefault();
  const me = staff();
  const mine = async () => (await all().catch(() => [])).filter((item) => item.staff === me);
  if ((await mine()).length > 0) await drain();
  const waiting = (await mine()).length;
  const question = `まだ送信していない記録が ${waiting} 件あります。ログアウトすると、この端末から消えて元に戻せません。ログアウトしますか。`;
  if (waiting > 0 && !confirm(question)) return;
  // Neither pages nor records with names and notes stay behind on a device that is handed on.
  await discard(me).catch(() => {});
  if ("caches" in window) await caches.delete(KEPT);
  form.submit();
}

addEventListener("submit", (event) => {
  submit(event);
  leave(event);
});
addEventListener("banso-queue", show);
addEventListener("online", async () => {
  if (await ask()) await drain();
});

const sent = new URLSearchParams(location.search).get("sent");
if (sent) await forget(sent).catch(() => {});
if (location.pathname === "/login" && "caches" in window) await caches.delete(KEPT);
document.querySelectorAll("form[data-outbox]").forEach(fresh);
await expire().catch(() => 0);
await show();
if (staff() || location.pathname === "/outbox" || location.pathname === "/offline") {
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
  if (await ask()) {
    if (location.pathname !== "/outbox") await drain();
    if (location.pathname === "/today") await provide();
  }
}
document.documentElement.dataset.ready = "yes";
