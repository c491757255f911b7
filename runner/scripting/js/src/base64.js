// atob and btoa (https://infra.spec.whatwg.org/#forgiving-base64).
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function invalid(message) {
  if (typeof DOMException === 'function') return new DOMException(message, 'InvalidCharacterError');
  const error = new Error(message);
  error.name = 'InvalidCharacterError';
  error.code = 5;
  return error;
}

function btoa(value) {
  const text = `${value}`;
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) throw invalid('Invalid character');
    bytes[i] = code;
  }
  return bytes.toBase64();
}

function atob(value) {
  let text = `${value}`.replace(/[\t\n\f\r ]/g, '');
  if (text.length % 4 === 0) text = text.replace(/==?$/, '');
  if (text.length % 4 === 1 || /[^A-Za-z0-9+/]/.test(text)) {
    throw invalid('The string to be decoded is not correctly encoded.');
  }
  let out = '';
  let bits = 0;
  let count = 0;
  for (let i = 0; i < text.length; i++) {
    bits = (bits << 6) | ALPHABET.indexOf(text[i]);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out += String.fromCharCode((bits >> count) & 255);
    }
  }
  return out;
}

export { atob, btoa };
