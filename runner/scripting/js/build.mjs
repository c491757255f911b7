// Builds built/ from the installed npm packages: `node build.mjs <directory with node_modules> <output directory>`.
//
// postman-sandbox ships its sandbox as one browserify bundle. Its modules are taken out with their text as it is; those
// that starting the sandbox runs become functions in core.js, the others text in lazy.txt, which is compiled when a
// script first needs it. Our own code and the polyfills are bundled by esbuild.
import fs from 'node:fs';
import path from 'node:path';
import vm from 'node:vm';
import { createRequire } from 'node:module';

const here = path.dirname(new URL(import.meta.url).pathname.replace(/^\/([A-Za-z]:)/, '$1'));
const [packages, output] = process.argv.slice(2).map((argument) => path.resolve(argument));
const require = createRequire(path.join(packages, 'package.json'));
const esbuild = require('esbuild');
const modulesDir = path.join(packages, 'node_modules');

const WATCH = '$htrunWatch'; // the only name of ours that scripts can see: it watches promises and nothing else
const LIBRARIES = ['rewrite', 'url', 'clone', 'text', 'streams', 'events', 'crypto'];

function fail(message) {
  throw new Error(`${message}. postman-sandbox has changed: look at runner/scripting/js/build.mjs`);
}

// -- the modules of postman-sandbox

function sandboxModules() {
  let code;
  require('postman-sandbox/.cache/bootcode.browser.js')((_, text) => { code = text; });
  const start = code.indexOf('require=function');
  const table = code.indexOf('({1:[function', start);
  if (start < 0 || table < 0) fail('The bundle does not begin as expected');
  let modules;
  let entries;
  new Function('capture', `capture${code.slice(table)}`)((map, _, last) => { modules = map; entries = last; });
  if (JSON.stringify(entries) !== '[21,18]') fail('The bundle starts with other modules');
  const text = (name) => {
    const source = modules[name][0].toString();
    const copied = /^function\(\w,\w,\w\)\{arguments\[4\]\[(\w+)\]\[0\]\.apply\(\w,arguments\)\}$/.exec(source);
    return copied ? text(copied[1]) : source;
  };
  const result = {};
  for (const name of Object.keys(modules)) result[name] = { text: text(name), dependencies: modules[name][1] };
  return result;
}

// Dependencies that are loaded at first use: [parent, dependency, type of what it exports]. The parents are found by
// what else they depend on, because the numbers change with every release.
const LAZY = [];

// -- bundles

const inject = (name) => `function(globalThis,self,window,global){${name}return lib}`;

async function bundle(entry) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [path.join(here, 'src', entry)],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'lib',
    platform: 'browser',
    target: 'es2023',
    minifyWhitespace: true, // names stay: scripts see some of them
    minifySyntax: true,
    charset: 'ascii',
    legalComments: 'none',
    nodePaths: [modulesDir],
    logLevel: 'error',
  });
  return outputFiles[0].text;
}

function table(modules, isEager) {
  const rows = Object.entries(modules).map(([name, { text, dependencies }]) => (
    `${JSON.stringify(name)}:[${isEager(name) ? text : 0},${JSON.stringify(dependencies)}]`));
  return `{${rows.join(',\n')}}`;
}

function core(host, modules, isEager, lazyEdges) {
  // An expression in sloppy mode, which the modules of the sandbox need; Python declares WATCH. `log` is given by the
  // build only.
  return `(function(log){${host};
var booted=lib.boot(${table(modules, isEager)},${JSON.stringify(lazyEdges)},${JSON.stringify(WATCH)},log);
${WATCH}=booted.watch;return booted.entry})(typeof $htrunLog==="function"?$htrunLog:undefined)`;
}

function lazyText(parts) {
  const offsets = {};
  let text = '';
  for (const [name, source] of Object.entries(parts)) {
    // Latin-1 keeps V8 from storing all of it with two bytes a character
    offsets[name] = [text.length, text.length + source.length];
    text += source;
  }
  return `${JSON.stringify(offsets)}\n${text}`;
}

/** Names of the modules that starting the sandbox runs. */
function bootModules(coreText) {
  const ran = new Set();
  const context = vm.createContext({ $htrunLog: (name) => ran.add(name) });
  vm.runInContext('delete globalThis.WebAssembly', context);
  vm.runInContext(`let ${WATCH};${coreText}`, context);
  return ran;
}

// -- licences

function licences() {
  const found = [];
  const visit = (directory) => {
    for (const name of fs.readdirSync(directory).sort()) {
      const folder = path.join(directory, name);
      if (name.startsWith('.') || !fs.statSync(folder).isDirectory()) continue;
      if (name.startsWith('@')) {
        visit(folder);
        continue;
      }
      const manifest = path.join(folder, 'package.json');
      if (!fs.existsSync(manifest)) continue;
      const { name: full, version, license } = JSON.parse(fs.readFileSync(manifest, 'utf8'));
      if (!/esbuild/.test(full)) {
        const texts = fs.readdirSync(folder).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).sort()
          .map((file) => fs.readFileSync(path.join(folder, file), 'utf8').trim());
        found.push(`${full} ${version}\nLicence: ${typeof license === 'string' ? license : JSON.stringify(license)}\n\n${texts.join('\n\n')}`);
      }
      const nested = path.join(folder, 'node_modules');
      if (fs.existsSync(nested)) visit(nested);
    }
  };
  visit(modulesDir);
  const line = '-'.repeat(100);
  return `The files beside this one are built from these npm packages. postman-sandbox carries further packages in its
own bundle; their notices stand below where npm delivers them with postman-sandbox.\n\n${found.map((text) => `${line}\n${text}\n`).join('\n')}`;
}

// -- main

const modules = sandboxModules();
const host = await bundle('host.js');
const lazyEdges = {};
fs.mkdirSync(output, { recursive: true });
const coreText = core(host, modules, () => true, lazyEdges);
const parts = {};
for (const name of LIBRARIES) parts[name] = inject(await bundle(`lazy/${name}.js`));
fs.writeFileSync(path.join(output, 'core.js'), coreText);
fs.writeFileSync(path.join(output, 'lazy.txt'), lazyText(parts));
fs.writeFileSync(path.join(output, 'THIRD_PARTY_LICENSES'), licences());
