// Builds built/ from the installed npm packages: `node build.mjs <directory with node_modules> <output directory>`.
//
// postman-sandbox ships its sandbox as one browserify bundle. Its modules are taken out with their text as it is; those
// that starting the sandbox runs become functions in core.js, the others text in lazy.txt, which is compiled when a
// script first needs it. Our own code and the polyfills are bundled by esbuild. analyse.js and visualise.js are
// apart: they are for a V8 without the sandbox.
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

// Sugar, which the sandbox always loads, builds the date formats of 16 languages and compiles a regular expression for
// each: that was more than half of the time that starting the sandbox took. Here a language is built when it is first
// asked for, and an expression is compiled when it is first tried.
function deferSugar(source) {
  const replaceOne = (text, pattern, replacement) => {
    if (text.match(new RegExp(pattern, 'g'))?.length !== 1) fail(`Sugar has not exactly one ${pattern}`);
    return text.replace(new RegExp(pattern), replacement);
  };
  const [, locales] = /(\w+)\[e\]\|\|\1\[e\.slice\(0,2\)\]/.exec(source) || fail('Sugar looks up its languages in another way');
  const languages = source.match(/\bDate\.addLocale\("/g)?.length; // all but English
  const lazyLanguage = `var languagesToCome=${languages};function lazyLanguage(add,name,what){Object.defineProperty(${locales},name,
{configurable:!0,enumerable:!0,get(){add.call(Date,name,what);return this[name]},
set(made){Object.defineProperty(this,name,{value:made,configurable:!0,enumerable:!0,writable:!0})}})}`;
  let text = replaceOne(source, 'function (?=\\w+\\(e,t\\)\\{var n;if\\(\\w+\\(e\\)\\|\\|\\(e=""\\),)', `${lazyLanguage}function `);
  text = replaceOne(text, 'addLocale:function\\(e,t\\)\\{', `addLocale:function addLocale(e,t){
if(e!=="en"&&languagesToCome-->0)return lazyLanguage(addLocale,e,t);`);
  return replaceOne(text, 'reg:(\\w)\\("\\^"\\+t\\+"\\$","i"\\)', `get reg(){var made=$1("^"+t+"$","i");
Object.defineProperty(this,"reg",{value:made,configurable:!0,enumerable:!0,writable:!0});return made}`);
}

function sandboxModules() {
  let code;
  require('postman-sandbox/.cache/bootcode.browser.js')((_, text) => { code = text; });
  const start = code.indexOf('require=function');
  const table = code.indexOf('({1:[function', start);
  if (start < 0 || table < 0) fail('The bundle does not begin as expected');
  let modules;
  let entries;
  new Function('capture', `capture${code.slice(table)}`)((map, _, last) => { modules = map; entries = last; });
  if (entries.length !== 2) fail('The bundle starts with other modules than sugar and the sandbox');
  // ASCII only, so that neither V8 nor Python needs two or four bytes a character
  const escape = (source) => source.replace(/[^\x00-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  const text = (name) => {
    if (/\\[^\x00-\x7f]/.test(modules[name][0].toString())) fail(`Module ${name} has a backslash before a letter that is not ASCII`);
    const source = escape(modules[name][0].toString());
    const copied = /^function\(\w,\w,\w\)\{arguments\[4\]\[(\w+)\]\[0\]\.apply\(\w,arguments\)\}$/.exec(source);
    return copied ? text(copied[1]) : source;
  };
  const result = {};
  for (const name of Object.keys(modules)) result[name] = { text: text(name), dependencies: modules[name][1] };
  const [sugar] = entries;
  result[sugar].text = deferSugar(result[sugar].text);
  return { modules: result, entries: entries.map(String) };
}

// Dependencies that are not simply loaded: [role (see loader.js), dependency, what else its parent depends on]. Parents
// are found by their dependencies, because the numbers of modules change with every release.
const EDGES = [
  // where the host takes part
  ['scope', 'uniscope', './execution'],
  ['execution', './execution', 'uniscope'],
  ['timers', './timers', './execution'],
  ['api', './pmapi', './execution'],
  ['tests', './pmapi-setup-runner', './cookie-jar'],
  ['text', 'iconv-lite', 'lodash'],
  ['uuid', 'uuid', './property-base'],
  ['buffer', 'buffer/', 'buffer/'],
  // what is loaded at first use
  ['faker', '@faker-js/faker/locale/en', 'uuid'],
  ['cookieStore', '@postman/tough-cookie', 'lodash'],
  ['cookieJar', '@postman/tough-cookie', 'postman-collection'],
  ['lodash3', 'lodash3', 'backbone'],
  ['object', 'crypto-js', 'lodash3'],
  ['object', 'tv4', 'lodash3'],
  ['object', 'backbone', 'lodash3'],
  ['function', 'cheerio', 'lodash3'],
  ['object', 'xml2js', 'xml2js'],
  ['function', 'ajv', 'chai-postman'],
  ['object', 'psl', 'psl'],
  ['object', 'semver', '../util'],
  ['object', 'http-reasons', 'liquid-json'],
  ['object', 'mime', 'mime-format'],
  ['object', 'mime-format', 'mime'],
  ['function', 'file-type', 'mime'],
];

function findEdges(modules) {
  const edges = {};
  for (const [role, dependency, other] of EDGES) {
    const parents = Object.keys(modules).filter((name) => (
      dependency in modules[name].dependencies && other in modules[name].dependencies));
    if (parents.length !== 1) fail(`${parents.length} modules depend on ${dependency} and ${other}, not one`);
    edges[`${parents[0]}:${dependency}`] = role;
  }
  return edges;
}

/** What a module depends on, by the name it uses. */
function dependency(modules, name) {
  const found = new Set(Object.values(modules).map(({ dependencies }) => dependencies[name]).filter(Boolean));
  if (found.size !== 1) fail(`${found.size} modules are called ${name}, not one`);
  return [...found][0];
}

// -- bundles

const inject = (name) => `function(globalThis,self,window,global){${name}return lib}`;

async function bundle(entry) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [path.join(here, 'src', entry)],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'lib',
    platform: 'neutral', // bare V8 is no browser: packages must not count on one's encoders
    mainFields: ['module', 'main'],
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

function core(host, { modules, entries }, isEager) {
  const rest = { edges: findEdges(modules), entries, teleport: dependency(modules, 'teleport-javascript') };
  // An expression in sloppy mode, which the modules of the sandbox need; Python makes a constant of WATCH. `log` is given
  // by the build only.
  return `(function(log){${host};
var sandbox=${JSON.stringify(rest)};
sandbox.modules=${table(modules, isEager)};
return lib.boot(sandbox,${JSON.stringify(WATCH)},log)})(typeof $htrunLog==="function"?$htrunLog:undefined)`;
}

function lazyText(parts) {
  const offsets = {};
  let text = '';
  for (const [name, source] of Object.entries(parts)) {
    offsets[name] = [text.length, text.length + source.length];
    text += source;
  }
  return `L${JSON.stringify(offsets)}\n${text}`; // L: see host.js
}

/** Names of the modules that starting the sandbox runs. */
function bootModules(coreText) {
  const ran = new Set();
  const context = vm.createContext({ $htrunLog: (name) => ran.add(String(name)) });
  vm.runInContext('delete globalThis.WebAssembly', context);
  vm.runInContext(`${coreText};const ${WATCH}=this.${WATCH}`, context);
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

const sandbox = sandboxModules();
const host = await bundle('host.js');
const needed = bootModules(core(host, sandbox, () => true));
const parts = {};
for (const [name, { text }] of Object.entries(sandbox.modules)) if (!needed.has(name)) parts[name] = text;
for (const name of LIBRARIES) parts[`+${name}`] = inject(await bundle(`lazy/${name}.js`));
fs.mkdirSync(output, { recursive: true });
fs.writeFileSync(path.join(output, 'core.js'), core(host, sandbox, (name) => needed.has(name)));
fs.writeFileSync(path.join(output, 'lazy.txt'), lazyText(parts));
fs.writeFileSync(path.join(output, 'analyse.js'), `(function(){${await bundle('analyse.js')}return lib.entry})()`);
fs.writeFileSync(path.join(output, 'visualise.js'), `(function(){${await bundle('visualise.js')}return lib.entry})()`);
fs.writeFileSync(path.join(output, 'THIRD_PARTY_LICENSES'), licences());
