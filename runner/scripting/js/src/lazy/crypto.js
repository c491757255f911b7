// Web Crypto (https://w3c.github.io/webcrypto/). Random numbers come from ChaCha20 with a key from the operating
// system's generator; the methods of `subtle` are answered by Python.
let services;
const connect = (given) => { services = given; };

const CONSTANTS = [0x61707865, 0x3320646e, 0x79622d32, 0x6b206574];
const QUARTERS = [
  [0, 4, 8, 12], [1, 5, 9, 13], [2, 6, 10, 14], [3, 7, 11, 15],
  [0, 5, 10, 15], [1, 6, 11, 12], [2, 7, 8, 13], [3, 4, 9, 14],
];
const rotate = (word, bits) => (word << bits) | (word >>> (32 - bits));

/** The key stream of ChaCha20 (RFC 8439, 2.3) without a nonce, block after block. */
function* keyStream(hex) {
  const key = new Uint32Array(Uint8Array.fromHex(hex).buffer);
  const input = new Uint32Array(16);
  input.set(CONSTANTS);
  input.set(key, 4);
  for (;;) {
    const words = input.slice();
    for (let round = 0; round < 10; round++) {
      for (const [a, b, c, d] of QUARTERS) {
        words[a] += words[b]; words[d] = rotate(words[d] ^ words[a], 16);
        words[c] += words[d]; words[b] = rotate(words[b] ^ words[c], 12);
        words[a] += words[b]; words[d] = rotate(words[d] ^ words[a], 8);
        words[c] += words[d]; words[b] = rotate(words[b] ^ words[c], 7);
      }
    }
    for (let i = 0; i < 16; i++) words[i] += input[i];
    input[12]++;
    if (input[12] === 0) input[13]++;
    yield* new Uint8Array(words.buffer);
  }
}

let stream;
function fillRandom(bytes) {
  stream ||= keyStream(services.seed());
  for (let i = 0; i < bytes.length; i++) bytes[i] = stream.next().value;
}

const INTEGERS = [
  Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, BigInt64Array, BigUint64Array,
];
const MAX_RANDOM = 65536;
const HIDDEN = Symbol('crypto');

function bytesOf(source) {
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  if (ArrayBuffer.isView(source)) return new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
  throw new TypeError('The data must be an ArrayBuffer or a view of one.');
}

const encode = (source) => bytesOf(source).slice().toBase64();
const decode = (text) => Uint8Array.fromBase64(text).buffer;

class CryptoKey {
  #data;

  constructor(key, data) {
    if (key !== HIDDEN) throw new TypeError('Illegal constructor');
    this.#data = data;
  }

  static data(key) {
    if (!(key instanceof CryptoKey)) throw new TypeError('The key must be a CryptoKey.');
    return key.#data;
  }

  get type() { return this.#data.type; }

  get extractable() { return this.#data.extractable; }

  get algorithm() { return this.#data.algorithm; }

  get usages() { return this.#data.usages; }

  get [Symbol.toStringTag]() { return 'CryptoKey'; }
}
const dataOf = CryptoKey.data;
delete CryptoKey.data;

const nameOf = (algorithm) => String(typeof algorithm === 'string' ? algorithm : algorithm && algorithm.name).toUpperCase();

/** An algorithm as JSON: names in upper case, bytes as base64. */
function plain(algorithm) {
  const out = { name: nameOf(algorithm) };
  if (typeof algorithm !== 'object' || algorithm === null) return out;
  for (const [key, value] of Object.entries(algorithm)) {
    if (key === 'name') continue;
    if (key === 'hash') out.hash = nameOf(value);
    else if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) out[key] = { base64: encode(value) };
    else out[key] = value instanceof CryptoKey ? dataOf(value) : value;
  }
  return out;
}

async function ask(operation, question) {
  try {
    return await services.ask({ operation, ...question });
  } catch (error) {
    throw new DOMException(error.message, error.name);
  }
}

function keyFor(key, usage, algorithm) {
  const data = dataOf(key);
  if (data.algorithm.name.toUpperCase() !== nameOf(algorithm)) {
    throw new DOMException('The key is of another algorithm.', 'InvalidAccessError');
  }
  if (!data.usages.includes(usage)) throw new DOMException(`The key may not be used to ${usage}.`, 'InvalidAccessError');
  return data;
}

const makeKey = (data) => new CryptoKey(HIDDEN, data);

function exported(format, data) {
  return format === 'jwk' ? data : decode(data);
}

class SubtleCrypto {
  constructor(key) {
    if (key !== HIDDEN) throw new TypeError('Illegal constructor');
  }

  async digest(algorithm, data) {
    return decode(await ask('digest', { algorithm: plain(algorithm), data: encode(data) }));
  }

  async generateKey(algorithm, extractable, usages) {
    const made = await ask('generateKey', { algorithm: plain(algorithm), extractable: Boolean(extractable), usages: [...usages] });
    return made.publicKey ? { publicKey: makeKey(made.publicKey), privateKey: makeKey(made.privateKey) } : makeKey(made);
  }

  async importKey(format, keyData, algorithm, extractable, usages) {
    const data = format === 'jwk' ? keyData : encode(keyData);
    return makeKey(await ask('importKey', {
      format, data, algorithm: plain(algorithm), extractable: Boolean(extractable), usages: [...usages],
    }));
  }

  async exportKey(format, key) {
    if (!key.extractable) throw new DOMException('The key is not extractable.', 'InvalidAccessError');
    return exported(format, await ask('exportKey', { format, key: dataOf(key) }));
  }

  async sign(algorithm, key, data) {
    const used = keyFor(key, 'sign', algorithm);
    return decode(await ask('sign', { algorithm: plain(algorithm), key: used, data: encode(data) }));
  }

  async verify(algorithm, key, signature, data) {
    const used = keyFor(key, 'verify', algorithm);
    return ask('verify', { algorithm: plain(algorithm), key: used, signature: encode(signature), data: encode(data) });
  }

  async encrypt(algorithm, key, data) {
    const used = keyFor(key, 'encrypt', algorithm);
    return decode(await ask('encrypt', { algorithm: plain(algorithm), key: used, data: encode(data) }));
  }

  async decrypt(algorithm, key, data) {
    const used = keyFor(key, 'decrypt', algorithm);
    return decode(await ask('decrypt', { algorithm: plain(algorithm), key: used, data: encode(data) }));
  }

  async deriveBits(algorithm, key, length) {
    const used = keyFor(key, 'deriveBits', algorithm);
    return decode(await ask('deriveBits', { algorithm: plain(algorithm), key: used, length }));
  }

  async deriveKey(algorithm, key, derived, extractable, usages) {
    const used = keyFor(key, 'deriveKey', algorithm);
    return makeKey(await ask('deriveKey', {
      algorithm: plain(algorithm), key: used, derived: plain(derived), extractable: Boolean(extractable), usages: [...usages],
    }));
  }

  async wrapKey(format, key, wrappingKey, algorithm) {
    const used = keyFor(wrappingKey, 'wrapKey', algorithm);
    const raw = await this.exportKey(format, key);
    const data = format === 'jwk' ? new TextEncoder().encode(JSON.stringify(raw)) : raw;
    return decode(await ask('encrypt', { algorithm: plain(algorithm), key: used, data: encode(data) }));
  }

  async unwrapKey(format, wrapped, unwrappingKey, algorithm, keyAlgorithm, extractable, usages) {
    const used = keyFor(unwrappingKey, 'unwrapKey', algorithm);
    const raw = decode(await ask('decrypt', { algorithm: plain(algorithm), key: used, data: encode(wrapped) }));
    const data = format === 'jwk' ? JSON.parse(new TextDecoder().decode(raw)) : raw;
    return this.importKey(format, data, keyAlgorithm, extractable, usages);
  }

  get [Symbol.toStringTag]() { return 'SubtleCrypto'; }
}

class Crypto {
  #subtle = new SubtleCrypto(HIDDEN);

  constructor(key) {
    if (key !== HIDDEN) throw new TypeError('Illegal constructor');
  }

  get subtle() { return this.#subtle; }

  getRandomValues(array) {
    if (!INTEGERS.some((type) => array instanceof type)) {
      throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    }
    if (array.byteLength > MAX_RANDOM) {
      throw new DOMException(`The requested length exceeds ${MAX_RANDOM} bytes`, 'QuotaExceededError');
    }
    fillRandom(bytesOf(array));
    return array;
  }

  randomUUID() {
    const bytes = new Uint8Array(16);
    fillRandom(bytes);
    bytes[6] = (bytes[6] & 15) | 64;
    bytes[8] = (bytes[8] & 63) | 128;
    return bytes.toHex().replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
  }

  get [Symbol.toStringTag]() { return 'Crypto'; }
}
const crypto = new Crypto(HIDDEN);

export { Crypto, CryptoKey, SubtleCrypto, connect, crypto };
