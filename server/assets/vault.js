// Where unsent records lie in this browser: sealed with a key of the login that wrote them.
// The key cannot be taken out of the browser; without it nothing but a date is left to read.

const DATABASE = "banso";
const ITEMS = "outbox";
const KEYS = "keys";
// What the queue has to know of a record that it cannot open.
const PLAIN = ["id", "staff", "at", "reason"];

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 2);
    request.onupgradeneeded = () => {
      const database = request.result;
      if (!database.objectStoreNames.contains(ITEMS)) database.createObjectStore(ITEMS, { keyPath: "id" });
      if (!database.objectStoreNames.contains(KEYS)) database.createObjectStore(KEYS);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

async function within(store, mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const change = database.transaction(store, mode, { durability: "strict" });
      const request = act(change.objectStore(store));
      change.oncomplete = () => resolve(request.result);
      change.onerror = () => reject(change.error);
      change.onabort = () => reject(change.error);
    });
  } finally {
    database.close();
  }
}

async function keyOf(staff, make) {
  const known = await within(KEYS, "readonly", (store) => store.get(staff));
  if (known || !make) return known;
  const fresh = await crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
  // Another tab may have been faster: the first key that is stored is the one.
  await within(KEYS, "readwrite", (store) => store.add(fresh, staff)).catch(() => {});
  return within(KEYS, "readonly", (store) => store.get(staff));
}

const bound = (item) => new TextEncoder().encode(`${item.id} ${item.staff}`);

async function sealed(item) {
  const key = await keyOf(item.staff, true);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const plain = Object.fromEntries(PLAIN.filter((name) => name in item).map((name) => [name, item[name]]));
  const secret = Object.fromEntries(Object.entries(item).filter(([name]) => !PLAIN.includes(name)));
  const bytes = new TextEncoder().encode(JSON.stringify(secret));
  const box = await crypto.subtle.encrypt({ name: "AES-GCM", iv, additionalData: bound(item) }, key, bytes);
  return { ...plain, iv, box };
}

async function opened(item) {
  const { iv, box, ...plain } = item;
  const key = await keyOf(item.staff, false);
  if (!key) return { ...plain, locked: true };
  try {
    const bytes = await crypto.subtle.decrypt({ name: "AES-GCM", iv, additionalData: bound(item) }, key, box);
    return { ...JSON.parse(new TextDecoder().decode(bytes)), ...plain };
  } catch {
    return { ...plain, locked: true };
  }
}

/** Every record, oldest first; those whose key is gone are `locked`. */
export async function all() {
  const items = await within(ITEMS, "readonly", (store) => store.getAll());
  const found = await Promise.all(items.map(opened));
  return found.sort((a, b) => a.at - b.at);
}

export async function one(id) {
  const item = await within(ITEMS, "readonly", (store) => store.get(id));
  return item && opened(item);
}

export async function put(item) {
  const box = await sealed(item);
  await within(ITEMS, "readwrite", (store) => store.put(box));
}

export async function remove(id) {
  await within(ITEMS, "readwrite", (store) => store.delete(id));
}

/** Throws away the key of a login, and with it whatever was sealed under it. */
export async function discard(staff) {
  await within(KEYS, "readwrite", (store) => store.delete(staff));
  for (const item of await all()) if (item.staff === staff) await remove(item.id);
}
