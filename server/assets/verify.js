// The verify page: asks proof.js and says in plain Japanese what was found. Sends nothing anywhere.

import { Failed, Tree, openCheckpoint, parseKey, valueOf } from "/assets/proof.js";

const at = (id) => document.getElementById(id);

const WORDS = {
  "bad-key": "公開鍵の形が正しくありません。受け取った文字をそのまま貼り付けてください。",
  "other-ledger": "別の台帳の控えです。",
  "bad-signature": "署名が公開鍵と合いません。この台帳は、鍵の持ち主が認めたものではありません。",
  "no-signature": "この公開鍵による署名がありません。別の鍵で作り直された台帳のおそれがあります。",
  "no-ed25519": "お使いのブラウザーは、この署名方式（Ed25519）に対応していません。新しいブラウザーをお使いください。",
  "bad-root": "記録から計算した値が、署名された値と合いません。記録のどこかが書き換えられています。",
  "bad-tile": "台帳の一部が、署名された値と合いません。記録のどこかが書き換えられています。",
  "bad-entry": "記録の内容が、署名された値と合いません。この記録は書き換えられています。",
  "no-entry": "根拠とされた記録が、台帳にありません。",
  "other-entry": "根拠とされた記録の内容が、台帳の記録と食い違っています。",
  "twice": "同じ記録が二重に数えられています。",
  "bad-sum": "根拠の記録を数え直した値が、表示された数字と合いません。",
  rewritten: "控えを取ったあとに、そのときまでの記録が書き換えられています。",
  "older-server": "台帳が、控えを取ったときより短くなっています。記録が失われたか、古い台帳に戻されています。",
  malformed: "受け取ったデータの形が正しくありません。",
  unreachable: "サーバーからデータを受け取れませんでした。",
};

async function fetchBytes(path) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store" });
  } catch {
    throw new Failed("unreachable", path);
  }
  if (!response.ok) throw new Failed("unreachable", `${path} ${response.status}`);
  return new Uint8Array(await response.arrayBuffer());
}

const fetchText = async (path) => new TextDecoder().decode(await fetchBytes(path));

async function step(title, check) {
  const line = document.createElement("li");
  line.textContent = `${title}…`;
  at("steps").append(line);
  try {
    const said = await check();
    line.className = "fine";
    line.textContent = `${title}：${said}`;
  } catch (error) {
    line.className = "bad";
    const code = error instanceof Failed ? error.code : "malformed";
    const where = error instanceof Failed && error.detail ? `（${error.detail}）` : "";
    line.textContent = `${title}：${WORDS[code] ?? WORDS.malformed}${where}`;
    throw error;
  }
}

const groups = (number) => number.toLocaleString("ja-JP");

async function checkNumber(tree, indicator, year, reading) {
  const query = new URLSearchParams({ fy: year, as_of: String(tree.size) });
  if (reading) query.set("reading", reading);
  const path = `/v1/kpis/${encodeURIComponent(indicator)}/evidence?${query}`;
  const evidence = JSON.parse(await fetchText(path));
  const counted = evidence.counted;
  if (new Set(counted.map((item) => item.position)).size !== counted.length) {
    const parts = (evidence.parts ?? []).length;
    if (parts === 0) throw new Failed("twice");
  }
  const entries = await tree.entries(counted.map((item) => item.position));
  for (const [place, entry] of entries.entries()) {
    const item = counted[place];
    const same = entry.position === item.position && entry.id === item.id;
    if (!(same && entry.type === item.type && entry.subject === item.subject)) {
      throw new Failed("other-entry", String(item.position));
    }
  }
  // A mean or ratio is not the number of its entries; then only they are checked.
  const adds = counted.every((item) => !item.figures) && !(evidence.parts ?? []).some((part) => part.role !== "part");
  if (adds && valueOf(evidence) !== (evidence.value ?? 0)) throw new Failed("bad-sum");
  const shown = evidence.value === null ? "－" : groups(evidence.value);
  return `表示された数字 ${shown} の根拠となる記録 ${groups(counted.length)} 件は、すべて署名された台帳にあり、内容も一致しました。`;
}

/** A note as it was signed, whatever a clipboard or a code reader made of its line ends. */
function noteOf(given) {
  const lines = given.split(/\r\n|\r|\n/u).map((line) => line.trim()).filter((line) => line !== "");
  if (lines.length === 0) return null;
  const signed = lines.filter((line) => !line.startsWith("\u2014 "));
  const signatures = lines.filter((line) => line.startsWith("\u2014 "));
  return `${signed.join("\n")}\n\n${signatures.join("\n")}\n`;
}

async function keptNote() {
  const file = at("kept").files[0];
  const given = file ? await file.text() : at("kept-text").value;
  return noteOf(given);
}

function verdict(fine, words) {
  at("verdict").textContent = words;
  at("verdict").className = fine ? "fine" : "bad";
  at("result").dataset.outcome = fine ? "fine" : "bad";
}

function offer(checkpoint) {
  at("checkpoint").textContent = checkpoint.note;
  at("used-key").textContent = at("vkey").value.trim();
  at("when").textContent = new Date().toLocaleString("ja-JP-u-ca-japanese", { dateStyle: "long", timeStyle: "short" });
  const save = at("save");
  URL.revokeObjectURL(save.href);
  save.href = URL.createObjectURL(new Blob([checkpoint.note], { type: "text/plain" }));
  save.download = `banso-checkpoint-${checkpoint.size}.txt`;
  at("qr").src = `/verify/${checkpoint.size}/qr.svg`;
  at("qr").hidden = false;
  at("keep").hidden = false;
}

async function run() {
  at("steps").replaceChildren();
  at("keep").hidden = true;
  at("result").hidden = false;
  delete at("result").dataset.outcome;
  at("verdict").className = "";
  at("verdict").textContent = "検証しています";
  let checkpoint, key, tree;
  try {
    await step("署名", async () => {
      key = await parseKey(at("vkey").value);
      checkpoint = await openCheckpoint(await fetchText("/checkpoint"), key);
      return `台帳の先頭（記録 ${groups(checkpoint.size)} 件）は、公開鍵の持ち主が署名したものです。`;
    });
    await step("台帳全体", async () => {
      tree = await Tree.fetch(checkpoint, fetchBytes);
      return "記録全体から計算した値が、署名された値と一致しました。";
    });
    const indicator = at("indicator").value;
    if (indicator) {
      await step(`指標 ${indicator}`, () => checkNumber(tree, indicator, at("fy").value, at("reading").value));
    }
    const note = await keptNote();
    if (note) {
      await step("以前の控え", async () => {
        const older = await openCheckpoint(note, key);
        await tree.extends(older);
        return `控えを取ったときの記録 ${groups(older.size)} 件は、一件も書き換えられていません。その後に ${groups(tree.size - older.size)} 件が追記されました。`;
      });
    }
    verdict(true, "確かめられました。書き換えは見つかりませんでした。");
    offer(checkpoint);
  } catch {
    verdict(false, "確かめられませんでした。この結果を事務局と委員長にお知らせください。");
  }
}

at("check").addEventListener("submit", (event) => {
  event.preventDefault();
  run();
});
at("indicator").addEventListener("change", () => {
  at("reading").value = "";
});
at("print").addEventListener("click", () => window.print());
