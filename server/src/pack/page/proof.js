// Hashes and signature: that these entries are the ones that the ledger's key signed.
// RFC 6962 (tree), C2SP signed-note and tlog-checkpoint. Knows nothing of what an entry says.
"use strict";

const bytesOf = (base64) => Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0));
const base64Of = (bytes) => btoa(String.fromCharCode(...bytes));

async function sha256(...parts) {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", joined));
}

// The lines of NDJSON as bytes.
function linesOf(bytes) {
  const lines = [];
  let from = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, from)) {
    lines.push(bytes.subarray(from, at));
    from = at + 1;
  }
  return lines;
}

const leafHashes = (lines) => Promise.all(lines.map((line) => sha256([0], line)));

// RFC 6962, section 2.1. A node without a sibling rises as it is, which gives the same root.
async function rootOf(leaves) {
  if (leaves.length === 0) return sha256();
  let level = leaves;
  while (level.length > 1) {
    const above = [];
    for (let at = 0; at < level.length; at += 2) {
      above.push(at + 1 < level.length ? sha256([1], level[at], level[at + 1]) : level[at]);
    }
    level = await Promise.all(above);
  }
  return level[0];
}

// A signed note whose text is a checkpoint; null if it is not one.
function readCheckpoint(note) {
  const end = note.indexOf("\n\n");
  if (end < 0) return null;
  const text = note.slice(0, end + 1);
  const [origin, size, root] = text.split("\n");
  if (!/^(0|[1-9][0-9]*)$/.test(size ?? "") || !root) return null;
  const signatures = [];
  for (const line of note.slice(end + 2).split("\n")) {
    const parts = line.split(" ");
    if (parts.length !== 3 || parts[0] !== "\u2014") continue;
    signatures.push({ name: parts[1], bytes: bytesOf(parts[2]) });
  }
  return { text, origin, size: Number(size), root, signatures };
}

// name+hex(key id)+base64(type, key)
function readKey(vkey) {
  const [name, id, ...rest] = vkey.split("+");
  return { name, id, typed: bytesOf(rest.join("+")) };
}

// True, false, or null where this browser knows no Ed25519.
async function isSigned(checkpoint, vkey) {
  const key = readKey(vkey);
  const text = new TextEncoder();
  const hash = await sha256(text.encode(`${key.name}\n`), key.typed);
  const id = [...hash.slice(0, 4)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (id !== key.id || key.typed[0] !== 1 || checkpoint.origin !== key.name) return false;
  const own = checkpoint.signatures.filter(
    (line) => line.name === key.name && base64Of(line.bytes.slice(0, 4)) === base64Of(hash.slice(0, 4)),
  );
  if (own.length === 0) return false;
  let held;
  try {
    held = await crypto.subtle.importKey("raw", key.typed.slice(1), { name: "Ed25519" }, false, ["verify"]);
  } catch {
    return null;
  }
  for (const line of own) {
    const right = await crypto.subtle.verify("Ed25519", held, line.bytes.slice(4), text.encode(checkpoint.text));
    if (!right) return false;
  }
  return true;
}

// Positions and versions without a gap, every id once; null or the first fault.
function firstFault(entries) {
  const versions = new Map();
  const ids = new Set();
  for (const [position, entry] of entries.entries()) {
    const version = (versions.get(entry.subject) ?? 0) + 1;
    versions.set(entry.subject, version);
    const precondition = entry.expected_version ?? version - 1;
    if (entry.position !== position || entry.version !== version || ids.has(entry.id) || precondition !== version - 1) {
      return position;
    }
    ids.add(entry.id);
  }
  return null;
}

// Everything that is proved of a pack.
async function prove(pack) {
  const lines = linesOf(bytesOf(pack.entries));
  const leaves = await leafHashes(lines);
  const checkpoint = readCheckpoint(pack.checkpoint);
  const root = base64Of(await rootOf(leaves));
  const decoder = new TextDecoder();
  const entries = lines.map((line) => JSON.parse(decoder.decode(line)));
  return {
    entries,
    leaves,
    checkpoint,
    signature: checkpoint ? await isSigned(checkpoint, pack.vkey) : false,
    root: checkpoint !== null && checkpoint.root === root && checkpoint.size === entries.length,
    fault: firstFault(entries),
  };
}

// Whether a checkpoint that somebody kept is of the same history: true, false, or what is wrong.
async function contains(proved, vkey, note) {
  const kept = readCheckpoint(note);
  if (kept === null) return "チェックポイントの形をしていません";
  if ((await isSigned(kept, vkey)) === false) return "この台帳の署名がありません";
  if (kept.size > proved.leaves.length) return "この資料より後のチェックポイントです";
  return base64Of(await rootOf(proved.leaves.slice(0, kept.size))) === kept.root;
}
