// Runs the program of a pack's page without a browser: `node pack_page.mjs PAGE [KEPT]`.
// Prints what the page would find, and its tables of many years. KEPT is a file with a checkpoint.
import { readFileSync } from "node:fs";
import { webcrypto } from "node:crypto";

globalThis.crypto ??= webcrypto;
const page = readFileSync(process.argv[2], "utf8");
const element = (id) => {
  const begin = page.indexOf(">", page.indexOf(`id="${id}">`) + `id="${id}"`.length) + 1;
  return page.slice(begin, page.indexOf("</script>", begin));
};
const names = "prove, contains, Counter, differences";
const program = new Function(`${element("program")}\nreturn { ${names} };`)();
const pack = JSON.parse(element("pack"));
const proved = await program.prove(pack);
const counter = new program.Counter(proved.entries, pack.dates);
const tables = {};
for (let year = 2019; year <= 2030; year += 1) tables[year] = counter.table(year);
const kept = process.argv[3] && readFileSync(process.argv[3], "utf8");
console.log(
  JSON.stringify({
    signature: proved.signature,
    root: proved.root,
    fault: proved.fault,
    differences: program.differences(tables[pack.fiscal_year], pack.table),
    kept: kept ? await program.contains(proved, pack.vkey, kept) : null,
    tables,
  }),
);
