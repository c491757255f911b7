// Blob and File: bytes in memory, with the methods of https://w3c.github.io/FileAPI/.
const bytesOf = new WeakMap();

function utf8(text) {
  const escaped = unescape(encodeURIComponent(text.toWellFormed()));
  const bytes = new Uint8Array(escaped.length);
  for (let i = 0; i < escaped.length; i++) bytes[i] = escaped.charCodeAt(i);
  return bytes;
}

function fromUtf8(bytes) {
  // whole sequences only: what is not UTF-8 becomes U+FFFD, as a TextDecoder does
  let out = '';
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i];
    const length = first < 0x80 ? 1 : first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
    let code = length === 1 ? first : length === 4 ? first & 7 : length === 3 ? first & 15 : first & 31;
    let used = 1;
    let valid = length > 0;
    for (; valid && used < length; used++) {
      const next = bytes[i + used];
      const low = used > 1 ? 0x80 : first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
      const high = used > 1 ? 0xbf : first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
      if (!(next >= low && next <= high)) {
        valid = false;
        break;
      }
      code = (code << 6) | (next & 63);
    }
    out += valid ? String.fromCodePoint(code) : '\uFFFD';
    i += used;
  }
  return out.charCodeAt(0) === 0xfeff ? out.slice(1) : out;
}

function toBytes(part) {
  if (bytesOf.has(part)) return bytesOf.get(part);
  if (part instanceof ArrayBuffer) return new Uint8Array(part.slice(0));
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer.slice(part.byteOffset, part.byteOffset + part.byteLength));
  return utf8(String(part));
}

function join(parts) {
  const all = Array.from(parts, (part) => toBytes(part));
  const bytes = new Uint8Array(all.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of all) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

const typeOf = (type) => (/^[\x20-\x7e]*$/.test(type) ? type.toLowerCase() : '');
const relative = (value, size) => (value < 0 ? Math.max(size + value, 0) : Math.min(value, size));

class Blob {
  #type;

  constructor(parts = [], options = {}) {
    if (parts === null || typeof parts !== 'object' || typeof parts[Symbol.iterator] !== 'function') {
      throw new TypeError('The "sources" argument must be an instance of Iterable.');
    }
    const { type } = options || {};
    this.#type = typeOf(type === undefined ? '' : String(type));
    bytesOf.set(this, join(parts));
  }

  get size() { return bytesOf.get(this).length; }

  get type() { return this.#type; }

  slice(start = 0, end = this.size, type = '') {
    const blob = new Blob([], { type });
    bytesOf.set(blob, bytesOf.get(this).slice(relative(start, this.size), relative(end, this.size)));
    return blob;
  }

  async arrayBuffer() { return bytesOf.get(this).slice().buffer; }

  async bytes() { return bytesOf.get(this).slice(); }

  async text() { return fromUtf8(bytesOf.get(this)); }

  stream() {
    const bytes = bytesOf.get(this).slice();
    return new ReadableStream({
      start(controller) {
        if (bytes.length) controller.enqueue(bytes);
        controller.close();
      },
    });
  }

  get [Symbol.toStringTag]() { return 'Blob'; }
}

class File extends Blob {
  #name;

  #lastModified;

  constructor(parts, name, options = {}) {
    if (arguments.length < 2) throw new TypeError('The "fileBits" and "fileName" arguments must be specified');
    super(parts, options);
    this.#name = String(name).toWellFormed();
    const { lastModified } = options || {};
    this.#lastModified = lastModified === undefined ? Date.now() : Number(lastModified);
  }

  get name() { return this.#name; }

  get lastModified() { return this.#lastModified; }

  get [Symbol.toStringTag]() { return 'File'; }
}

export { Blob, File, fromUtf8, utf8 };
