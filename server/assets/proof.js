// Checks C2SP signed checkpoints, hash tiles and entry bundles (RFC 6962) with WebCrypto alone.
// Knows no page and no Japanese: throws a Failed with a code and what it saw.

const WIDTH = 256;
const EM_DASH = "\u2014";
const text = new TextEncoder();

export class Failed extends Error {
  constructor(code, detail = "") {
    super(code);
    this.code = code;
    this.detail = detail;
  }
}

export function bytesOf(base64) {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    throw new Failed("malformed", base64.slice(0, 40));
  }
}

export const base64Of = (bytes) => btoa(String.fromCharCode(...bytes));
const equal = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);

async function sha256(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

const node = (left, right) => sha256(Uint8Array.of(1), left, right);
export const leaf = (entry) => sha256(Uint8Array.of(0), entry);

/** `name+key id+base64(type, key)` as C2SP signed-note writes a public key. */
export async function parseKey(line) {
  const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/u.exec(line.trim());
  if (!match) throw new Failed("bad-key");
  const [, name, id] = match;
  const key = bytesOf(match[3]);
  if (key.length !== 33 || key[0] !== 1) throw new Failed("bad-key");
  const computed = (await sha256(text.encode(`${name}\n`), key)).slice(0, 4);
  const hex = [...computed].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== id) throw new Failed("bad-key");
  return { name, id: computed, key: key.slice(1) };
}

/** Opens a checkpoint whose signature verifies under the key. */
export async function openCheckpoint(note, key) {
  const end = note.indexOf("\n\n");
  if (end < 0) throw new Failed("malformed", "checkpoint");
  const signed = note.slice(0, end + 1);
  const [origin, size, root, ...rest] = signed.split("\n");
  const plain = /^(0|[1-9][0-9]*)$/u.test(size ?? "") && rest.join("") === "";
  if (!plain || bytesOf(root).length !== 32) throw new Failed("malformed", "checkpoint");
  if (origin !== key.name) throw new Failed("other-ledger", origin);
  const lines = note.slice(end + 2).split("\n").filter((line) => line.startsWith(`${EM_DASH} `));
  for (const line of lines) {
    const [, name, blob] = line.split(" ");
    if (name !== key.name) continue;
    const bytes = bytesOf(blob ?? "");
    if (!equal(bytes.slice(0, 4), key.id)) continue;
    if (await signs(key.key, bytes.slice(4), text.encode(signed))) {
      return { origin, size: Number(size), root: bytesOf(root), note };
    }
    throw new Failed("bad-signature");
  }
  throw new Failed("no-signature");
}

async function signs(key, signature, message) {
  let imported;
  try {
    imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    throw new Failed("no-ed25519");
  }
  return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
}

/** Roots of perfect subtrees, largest first; adding keeps them so. */
class Peaks {
  #peaks = [];
  async add(hash, leaves) {
    this.#peaks.push([leaves, hash]);
    while (this.#peaks.length > 1 && this.#peaks.at(-1)[0] === this.#peaks.at(-2)[0]) {
      const [leaves, right] = this.#peaks.pop();
      const [, left] = this.#peaks.pop();
      this.#peaks.push([leaves * 2, await node(left, right)]);
    }
  }
  async root() {
    if (this.#peaks.length === 0) return sha256();
    const rest = [...this.#peaks];
    let [, right] = rest.pop();
    while (rest.length > 0) right = await node(rest.pop()[1], right);
    return right;
  }
}

function tilePath(index, width) {
  let path = String(index % 1000).padStart(3, "0");
  for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) {
    path = `x${String(rest % 1000).padStart(3, "0")}/${path}`;
  }
  return width === WIDTH ? path : `${path}.p/${width}`;
}

async function hashes(fetchBytes, level, index, width) {
  const bytes = await fetchBytes(`/tile/${level}/${tilePath(index, width)}`);
  if (bytes.length !== width * 32) throw new Failed("bad-tile", `${level}/${index}`);
  return Array.from({ length: width }, (_, at) => bytes.slice(at * 32, at * 32 + 32));
}

/** The hashes of a signed tree, fetched as tiles and bound to its root. */
export class Tree {
  static async fetch(checkpoint, fetchBytes) {
    const tree = new Tree();
    tree.fetchBytes = fetchBytes;
    tree.size = checkpoint.size;
    tree.full = [];
    tree.tail = [];
    const full = Math.floor(tree.size / WIDTH);
    for (let at = 0; at < full; at += WIDTH) {
      const width = Math.min(WIDTH, full - at);
      tree.full.push(...(await hashes(fetchBytes, 1, at / WIDTH, width)));
    }
    const left = tree.size % WIDTH;
    if (left > 0) tree.tail = await hashes(fetchBytes, 0, full, left);
    if (!equal(await tree.root(), checkpoint.root)) throw new Failed("bad-root");
    return tree;
  }

  async root() {
    const peaks = new Peaks();
    for (const hash of this.full) await peaks.add(hash, WIDTH);
    for (const hash of this.tail) await peaks.add(hash, 1);
    return peaks.root();
  }

  /** The leaf hashes of a tile, bound to the tree. */
  async leaves(index) {
    if (index === this.full.length) return this.tail;
    const leaves = await hashes(this.fetchBytes, 0, index, WIDTH);
    const peaks = new Peaks();
    for (const hash of leaves) await peaks.add(hash, 1);
    if (!equal(await peaks.root(), this.full[index])) throw new Failed("bad-tile", `0/${index}`);
    return leaves;
  }

  /** The root over the first entries; equals an older checkpoint's if nothing was rewritten. */
  async rootAt(size) {
    if (size > this.size) throw new Failed("older-server", String(this.size));
    const peaks = new Peaks();
    const full = Math.floor(size / WIDTH);
    for (const hash of this.full.slice(0, full)) await peaks.add(hash, WIDTH);
    if (size % WIDTH > 0) {
      const leaves = await this.leaves(full);
      for (const hash of leaves.slice(0, size % WIDTH)) await peaks.add(hash, 1);
    }
    return peaks.root();
  }

  async extends(older) {
    if (!equal(await this.rootAt(older.size), older.root)) throw new Failed("rewritten");
  }

  /** The entries at the positions, each bound to the root; in the order of the positions. */
  async entries(positions) {
    const found = new Map();
    const bundles = new Set(positions.map((position) => Math.floor(position / WIDTH)));
    for (const index of bundles) {
      const leaves = await this.leaves(index);
      const bytes = await this.fetchBytes(`/tile/entries/${tilePath(index, leaves.length)}`);
      let at = 0;
      for (const [place, hash] of leaves.entries()) {
        const length = bytes[at] * 256 + bytes[at + 1];
        const entry = bytes.slice(at + 2, at + 2 + length);
        at += 2 + length;
        const position = index * WIDTH + place;
        if (!(entry.length === length && equal(await leaf(entry), hash))) {
          throw new Failed("bad-entry", String(position));
        }
        found.set(position, JSON.parse(new TextDecoder().decode(entry)));
      }
    }
    return positions.map((position) => {
      if (!found.has(position)) throw new Failed("no-entry", String(position));
      return found.get(position);
    });
  }
}

/** The value again from the evidence: as many as are counted, or the sum of their amounts. */
export function valueOf(evidence) {
  const amounts = evidence.counted.map((item) => item.amount ?? 1);
  return Math.round(amounts.reduce((sum, amount) => sum + amount, 0) * 1e6) / 1e6;
}
