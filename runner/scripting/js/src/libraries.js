// Stand-ins between the sandbox and libraries that are slow to load, and quicker ways for what every script does.
import { apply, execPattern } from './natives.js';
import { fromUtf8 } from './blob.js';
import { standIn } from './loader.js';

const UTF8 = /^utf-?8$/i;
const isUtf8 = (charset) => apply(execPattern, UTF8, [charset]) !== null;
const texts = new WeakMap(); // Buffer -> its text, as Python has decoded it
const setText = WeakMap.prototype.set;
const getText = WeakMap.prototype.get;

/** Remembers the text of a body, so that it is not decoded again. */
const rememberText = (buffer, text) => apply(setText, texts, [buffer, text]);

const HEX = [];
for (let i = 0; i < 256; i++) HEX[i] = (i + 256).toString(16).slice(1);
const { random } = Math;

/** A version 4 UUID. Postman's takes a regular expression with a callback, which is slow where sugar has been loaded. */
function uuid() {
  const a = (random() * 4294967296) >>> 0;
  const b = (random() * 4294967296) >>> 0;
  const c = (random() * 4294967296) >>> 0;
  const d = (random() * 4294967296) >>> 0;
  return `${HEX[a & 255]}${HEX[(a >> 8) & 255]}${HEX[(a >> 16) & 255]}${HEX[a >>> 24]}-${HEX[b & 255]}${HEX[(b >> 8) & 255]}-${
    HEX[((b >> 16) & 15) | 64]}${HEX[b >>> 24]}-${HEX[(c & 63) | 128]}${HEX[(c >> 8) & 255]}-${HEX[(c >> 16) & 255]}${
    HEX[c >>> 24]}${HEX[d & 255]}${HEX[(d >> 8) & 255]}${HEX[(d >> 16) & 255]}${HEX[d >>> 24]}`;
}
uuid.v4 = uuid;

/** Teaches the npm package `buffer` the encoding 'base64url', which Node's has. */
function addBase64Url(Buffer) {
  const isUrl = (encoding) => typeof encoding === 'string' && encoding.toLowerCase() === 'base64url';
  const known = (encoding) => (isUrl(encoding) ? 'base64' : encoding); // its decoder takes both alphabets
  const { byteLength, from, isEncoding } = Buffer;
  const { toString, write } = Buffer.prototype;
  Buffer.from = function (value, encoding, ...rest) {
    return apply(from, this, [value, typeof value === 'string' ? known(encoding) : encoding, ...rest]);
  };
  Buffer.isEncoding = (encoding) => isUrl(encoding) || isEncoding(encoding);
  Buffer.byteLength = (value, encoding) => byteLength(value, known(encoding));
  Buffer.prototype.toString = function (encoding, ...rest) {
    if (!isUrl(encoding)) return apply(toString, this, [encoding, ...rest]);
    const text = apply(toString, this, ['base64', ...rest]);
    return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
  };
  Buffer.prototype.write = function (...args) {
    return apply(write, this, args.map(known));
  };
}

const SEGMENT = 1 << 20;

/** Bytes from which on a segment may begin: no UTF-8 sequence that starts before them goes on in it. */
function boundary(bytes, at) {
  for (let i = at; i > at - 4; i--) if ((bytes[i] & 0xc0) !== 0x80) return i;
  return at; // no sequence is that long
}

/** The npm package `buffer` decodes UTF-8 by way of a list of all characters, for which large ones lack the memory. */
function decodeInSegments(Buffer) {
  const { toString } = Buffer.prototype;
  Buffer.prototype.toString = function (encoding, start, end) {
    const from = start > 0 ? start >>> 0 : 0;
    const to = end === undefined || end > this.length ? this.length : end;
    if (!(to - from > SEGMENT) || (encoding && !isUtf8(encoding))) return apply(toString, this, arguments);
    let text = '';
    for (let at = from; at < to;) {
      const next = to - at <= SEGMENT ? to : boundary(this, at + SEGMENT);
      text += apply(toString, this, ['utf8', at, next]);
      at = next;
    }
    return text;
  };
}

const libraries = {
  lodash3: (load) => ({ noConflict: () => standIn('function', () => load().noConflict()) }),

  // dynamic variables take functions out of it when they are defined: `faker.name.firstName`
  faker: (load) => new Proxy({}, {
    get: (_, section) => new Proxy({}, {
      get: (__, method) => (...args) => load()[section][method](...args),
    }),
  }),

  cookieStore: (load) => ({
    Store: load('./store').Store,
    Cookie: standIn('function', () => load().Cookie),
  }),

  cookieJar: (load) => ({
    CookieJar: standIn('function', () => load().CookieJar),
    Cookie: standIn('function', () => load().Cookie),
  }),

  // iconv-lite, of which postman-collection uses these two functions
  text: (load) => ({
    encodingExists: (charset) => isUtf8(charset) || load().encodingExists(charset),
    decode(buffer, charset) {
      if (!isUtf8(charset)) return load().decode(buffer, charset);
      const text = apply(getText, texts, [buffer]);
      return text === undefined ? fromUtf8(buffer) : text;
    },
  }),

  uuid: () => uuid,

  buffer: (load) => {
    const module = load();
    decodeInSegments(module.Buffer);
    addBase64Url(module.Buffer);
    return module;
  },
};

// what a script mentions -> the dependency that it will need
const MENTIONED = {
  _: 'lodash3', CryptoJS: 'crypto-js', tv4: 'tv4', xml2Json: 'xml2js', Backbone: 'backbone', cheerio: 'cheerio',
  jsonSchema: 'ajv', jar: '@postman/tough-cookie', replaceIn: '@faker-js/faker/locale/en',
};

/** Loads the libraries that a script mentions. */
function preload(source, require, lazily) {
  for (const [, name] of source.matchAll(/\brequire\s*\(\s*['"]([^'"]+)/g)) {
    try {
      require(name);
    } catch { /* the script will find out itself */ }
  }
  for (const [name] of source.matchAll(/[\w$]+/g)) {
    const dependency = Object.hasOwn(MENTIONED, name) ? MENTIONED[name] : '';
    if (dependency && lazily[dependency]) lazily[dependency]();
  }
}

export { libraries, preload, rememberText };
