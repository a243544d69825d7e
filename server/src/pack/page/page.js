// What the reader sees. Runs only where there is a document.
"use strict";

const shown = (value) => (value === null || value === undefined ? "－" : value.toLocaleString("ja-JP"));

function line(ok, text) {
  const item = document.createElement("li");
  item.className = ok === true ? "good" : ok === null ? "unknown" : "bad";
  item.textContent = `${ok === true ? "○" : ok === null ? "△" : "×"} ${text}`;
  document.getElementById("checks").append(item);
}

function row(cells, kind) {
  const tr = document.createElement("tr");
  for (const cell of cells) {
    const td = document.createElement(kind);
    td.textContent = cell;
    tr.append(td);
  }
  return tr;
}

function showTable(rows, stated, differing) {
  const body = document.getElementById("rows");
  for (const [at, counted] of rows.entries()) {
    const label = stated.indicators[at]?.label ?? "";
    const unit = stated.indicators[at]?.unit ?? "";
    const percent = counted.rate === null ? "－" : `${shown(counted.rate)}%`;
    const wrong = differing.some((text) => text.startsWith(`${counted.id} `));
    const tr = row(
      [counted.id, label, unit, shown(counted.target), shown(counted.actual), percent, counted.grade ?? "－",
        wrong ? "×" : "○"],
      "td",
    );
    if (wrong) tr.className = "bad";
    body.append(tr);
  }
}

async function show() {
  const pack = JSON.parse(document.getElementById("pack").textContent);
  const proved = await prove(pack);
  const size = proved.checkpoint?.size ?? 0;
  line(
    proved.signature,
    proved.signature === null
      ? "署名：このブラウザーでは確認できません（Ed25519に対応した新しいブラウザーで開いてください）"
      : "署名：台帳の鍵による署名です",
  );
  line(proved.root, `記録：${shown(size)}件すべてのハッシュが、署名された値と一致します`);
  line(
    proved.fault === null,
    proved.fault === null ? "順序：番号と版に抜けも重なりもありません" : `順序：${proved.fault}番の記録が規則に合いません`,
  );
  const rows = new Counter(proved.entries, pack.dates).table(pack.fiscal_year);
  const differing = differences(rows, pack.table);
  line(differing.length === 0, `集計：記録から計算し直した値が、資料の${rows.length}指標すべてと一致します`);
  showTable(rows, pack.table, differing);
  document.getElementById("vkey").textContent = pack.vkey;
  document.getElementById("checkpoint").textContent = pack.checkpoint;
  document.getElementById("compare").addEventListener("click", async () => {
    const note = `${document.getElementById("kept").value.replace(/\r/g, "").trim()}\n`;
    const same = await contains(proved, pack.vkey, note);
    document.getElementById("compared").textContent =
      same === true
        ? "○ 控えの時点までの記録は、この資料の記録と同じです"
        : `× ${same === false ? "控えの時点までの記録が、この資料と異なります" : same}`;
  });
}

if (typeof document !== "undefined") {
  show().catch((error) => line(false, `確認できませんでした：${error.message}`));
}
