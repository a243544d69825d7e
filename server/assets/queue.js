// The queue of unsent records: kept in this browser, sent once, in order.
// Knows forms only as address and body; what a record means is decided by the server, and how it
// lies here by vault.js.

import * as vault from "./vault.js";

export { all, discard, one } from "./vault.js";

// One sender at a time, over all tabs of this browser.
const LOCK = "banso-outbox";
const DAY = 24 * 60 * 60 * 1000;
/** Days that a record waits here at most, and days before the end on which that is said. */
export const LASTS = 30;
export const WARNS = 10;

/** Whole days that a record may still wait. */
export function daysLeft(item, now = Date.now()) {
  return Math.ceil((item.at + LASTS * DAY - now) / DAY);
}

/** Who is logged in as this page was made; empty for nobody. */
export function staff() {
  return document.querySelector('meta[name="banso-staff"]')?.content ?? "";
}

export async function keep(item) {
  await vault.put(item);
  announce();
}

export async function forget(id) {
  await vault.remove(id);
  announce();
}

/** Takes out what has waited too long: names and notes do not stay on a device for ever. */
export async function expire() {
  const old = (await vault.all()).filter((item) => daysLeft(item) <= 0);
  for (const item of old) await forget(item.id);
  return old.length;
}

function announce() {
  dispatchEvent(new Event("banso-queue"));
}

/** A UUID of version 7 (RFC 9562): ordered by time, made without asking anybody. */
export function uuid7() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = BigInt(Date.now());
  for (let at = 0; at < 6; at += 1) {
    bytes[at] = Number((now >> BigInt(40 - 8 * at)) & 255n);
  }
  bytes[6] = 0x70 | (bytes[6] & 15);
  bytes[8] = 0x80 | (bytes[8] & 63);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return [[0, 8], [8, 12], [12, 16], [16, 20], [20, 32]].map(([a, b]) => hex.slice(a, b)).join("-");
}

/**
 * Sends one record. Gives `{sent, location}`, or `{waiting, reason}`, or `{refused, problem}`.
 * Nothing leaves the queue before the server has said that it is durable.
 */
async function send(item) {
  let answer;
  try {
    answer = await fetch(item.url, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        accept: "application/json",
        "banso-staff": item.staff,
      },
      body: item.body,
      redirect: "error",
    });
  } catch {
    return { waiting: true, reason: "network" };
  }
  if (answer.ok) {
    const told = await answer.json().catch(() => null);
    return told?.positions?.length ? { sent: true, location: told.location } : { waiting: true, reason: "network" };
  }
  if (answer.status === 401) return { waiting: true, reason: "login" };
  if (answer.status >= 500 || answer.status === 429 || answer.status === 408) {
    return { waiting: true, reason: "server" };
  }
  const problem = await answer.json().catch(() => ({ status: answer.status, title: "受け付けられませんでした", detail: "" }));
  return { refused: true, problem };
}

/** Sends a record that is in the queue and keeps what came of it. */
export async function deliver(id) {
  return navigator.locks.request(LOCK, async () => {
    const item = await vault.one(id);
    if (!item) return { sent: true };
    if (item.locked) return { waiting: true, reason: "locked" };
    const result = await send(item);
    if (result.sent) await forget(id);
    if (result.waiting) await keep({ ...item, reason: result.reason });
    if (result.refused) await keep({ ...item, problem: result.problem, reason: "refused" });
    return result;
  });
}

/** Sends everything that waits and was not refused; stops where the network or the login ends. */
export async function drain() {
  let last = { sent: true };
  const me = staff();
  for (const item of await vault.all()) {
    // What another wrote waits for that login and keeps nobody else's records waiting.
    if (item.problem || item.locked || (me && item.staff !== me)) continue;
    last = await deliver(item.id);
    if (last.waiting) break;
  }
  return last;
}
