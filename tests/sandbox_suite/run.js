// Runs upstream's test files with mocha: node run.js REPORT [FILE ...]. The environment variable SANDBOX_DRIVER, a JSON
// array, is the command that starts driver.py; without it the sandbox is the real one. REPORT gets {title: error or null}.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const { createRequire } = require('node:module');

const worker = require('./worker.js');

const [report, ...files] = process.argv.slice(2);
const Mocha = createRequire(path.resolve(files[0]))('mocha');
const command = JSON.parse(process.env.SANDBOX_DRIVER || 'null');
const mocha = new Mocha({ timeout: 20000, reporter: class {} });

worker.install(command);
let before;
mocha.rootHooks({
  beforeEach() { before = worker.opened(); },
  afterEach() { worker.closeSince(before); },
});

const titles = new Map(); // test -> title: a test that ends twice fails
const results = {};
function note(test, error) {
  let title = titles.get(test) || test.fullTitle();
  if (!titles.has(test)) for (let i = 2; title in results; i++) title = `${test.fullTitle()} #${i}`;
  titles.set(test, title);
  results[title] = error ? results[title] || `${error.message ?? error}` : results[title] || null;
}

for (const file of files) mocha.addFile(path.resolve(file));
const runner = mocha.run(() => {
  fs.writeFileSync(report, JSON.stringify(results));
  process.exit(0);
});
runner.on('pass', (test) => note(test, null));
runner.on('fail', (test, error) => note(test, error));
