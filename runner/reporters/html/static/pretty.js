// Bodies, indented and coloured. Nothing is parsed into values: numbers keep their digits, members their order, and a
// body that was cut off is shown as far as it goes.

const JSON_TOKEN = /"(?:[^"\\]|\\[^])*"?|-?\d[\d.eE+-]*|[a-zA-Z]+|[{}[\],:]|\s+|[^]/g;

class Coloured {
  constructor() {
    this.target = document.createDocumentFragment();
    this.plain = '';
  }

  add(text, kind) {
    if (!kind) {
      this.plain += text;
      return;
    }
    this.flush();
    this.target.append(h('span', { class: kind, text: visible(text) }));
  }

  flush() {
    if (this.plain) this.target.append(visible(this.plain));
    this.plain = '';
  }

  done() {
    this.flush();
    return this.target;
  }
}

function prettyJson(text) {
  const out = new Coloured();
  const tokens = text.match(JSON_TOKEN).filter((token) => !/^\s/.test(token));
  let depth = 0;
  const line = () => out.add(`\n${'  '.repeat(depth)}`);
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    const first = token[0];
    if (first === '{' || first === '[') {
      const end = tokens[i + 1];
      if (end === '}' || end === ']') {
        out.add(token + end);
        i += 1;
      } else {
        out.add(token);
        depth += 1;
        line();
      }
    } else if (first === '}' || first === ']') {
      depth = Math.max(0, depth - 1);
      line();
      out.add(token);
    } else if (first === ',') {
      out.add(token);
      line();
    } else if (first === ':') out.add(': ');
    else if (first === '"') out.add(token, tokens[i + 1] === ':' ? 'key' : 'string');
    else if (first === '-' || (first >= '0' && first <= '9')) out.add(token, 'number');
    else out.add(token, /^(?:true|false|null)$/.test(token) ? 'literal' : 'wrong');
  }
  return out.done();
}

const XML_TOKEN = /<!--[^]*?(?:-->|$)|<!\[CDATA\[[^]*?(?:\]\]>|$)|<\?[^]*?(?:\?>|$)|<[^>]*(?:>|$)|[^<]+/g;
const VOID = /^<(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr|!|\?)/i;

function prettyXml(text, html) {
  const out = new Coloured();
  const tokens = text.match(XML_TOKEN) || [];
  let depth = 0;
  let fresh = true;
  const line = () => {
    if (!fresh) out.add('\n');
    out.add('  '.repeat(Math.min(depth, 40)));
    fresh = false;
  };
  const tag = (token) => {
    const [, begin, name, rest, end] = /^(<[/!?]?)([^\s/>]*)([^]*?)([/?]?>?)$/.exec(token);
    out.add(begin);
    out.add(name, 'key');
    out.add(rest, 'string');
    out.add(end);
  };
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token[0] !== '<') {
      if (token.trim()) {
        line();
        out.add(token.trim());
      }
    } else if (token.startsWith('<!--') || token.startsWith('<![CDATA[')) {
      line();
      out.add(token, 'comment');
    } else if (token.startsWith('</')) {
      depth = Math.max(0, depth - 1);
      line();
      tag(token);
    } else {
      line();
      tag(token);
      if (token.endsWith('/>') || token.startsWith('<?') || token.startsWith('<!') || (html && VOID.test(token))) continue;
      const next = tokens[i + 1];
      const after = tokens[i + 2];
      if (next?.startsWith('</')) {
        tag(next);
        i += 1;
      } else if (next && next[0] !== '<' && after?.startsWith('</') && next.length < 200) {
        out.add(next.trim());
        tag(after);
        i += 2;
      } else depth += 1;
    }
  }
  return out.done();
}

function prettyForm(text) {
  const cells = text.split('&').map((pair) => {
    const at = pair.indexOf('=');
    return at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
  });
  const plain = (part) => {
    try {
      return decodeURIComponent(part.replace(/\+/g, ' '));
    } catch {
      return part;
    }
  };
  return pairs(cells.map(([name, value]) => [plain(name), plain(value)]), 'Fields of the form');
}

/** A table of names and values. */
function pairs(cells, label) {
  return h('table', { class: 'pairs' }, h('caption', { class: 'hidden', text: label }), h('tbody', {}, cells.map(([name, value, more]) => (
    h('tr', { class: more ? 'quiet' : undefined, title: more ? 'added by htrun' : undefined },
      h('th', { scope: 'row', text: visible(String(name)) }), h('td', { text: visible(String(value ?? '')) }))))));
}

function hexDump(bytes) {
  const lines = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.subarray(at, at + 16)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0'));
    const left = hex.slice(0, 8).join(' ').padEnd(23);
    const shown = part.map((byte) => (byte > 31 && byte < 127 ? String.fromCharCode(byte) : '·')).join('');
    lines.push(`${at.toString(16).padStart(6, '0')}  ${left}  ${hex.slice(8).join(' ').padEnd(23)}  ${shown}`);
  }
  return lines.join('\n');
}

const bytesOf = (base64) => Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

/** How a body can be shown: json, xml, html, form, text. */
function formatOf(body) {
  const { type, text } = body;
  const start = text.trimStart().slice(0, 30).toLowerCase();
  if (/json/.test(type) || (!/html|xml|css|script/.test(type) && /^[[{]/.test(start))) return /^[[{"\dtfn-]/.test(start) ? 'json' : 'text';
  if (/html/.test(type) || start.startsWith('<!doctype html') || start.startsWith('<html')) return 'html';
  if (/xml/.test(type) || start.startsWith('<?xml')) return 'xml';
  if (/x-www-form-urlencoded/.test(type)) return 'form';
  return 'text';
}

function pretty(body) {
  const format = formatOf(body);
  if (format === 'form') return prettyForm(body.text);
  const code = h('pre', { class: 'code', tabindex: '0' });
  if (format === 'json') code.append(prettyJson(body.text));
  else if (format === 'text') code.textContent = visible(body.text);
  else code.append(prettyXml(body.text, format === 'html'));
  return code;
}
