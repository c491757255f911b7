// Everything from the run gets into the page as text: only textContent and attributes are set here.

const SVG = 'http://www.w3.org/2000/svg';

/** An element; `props`: class, text, title, on (listeners), style, data, and attributes by their names. */
function h(tag, props, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** An SVG element. */
function s(tag, props, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(element, props, children) {
  for (const [name, value] of Object.entries(props || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'text') element.textContent = value;
    else if (name === 'on') for (const [type, call] of Object.entries(value)) element.addEventListener(type, call);
    else if (name === 'style') Object.assign(element.style, value);
    else if (name === 'data') Object.assign(element.dataset, value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const byId = (id) => document.getElementById(id);

/** A colour of the theme in use; the value of a custom property alone still names both themes. */
function colour(name) {
  const probe = h('i', { style: { color: `var(${name})` } });
  document.body.append(probe);
  const found = getComputedStyle(probe).color;
  probe.remove();
  return found;
}

/** Text in which control characters, terminal escapes and marks that reverse text can be seen. */
const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]/u;
const CONTROLS = new RegExp(CONTROL.source, 'gu');
function visible(text) {
  const normal = text.replace(/\r\n/g, '\n');
  if (!CONTROL.test(normal)) return normal;
  return normal.replace(CONTROLS, (mark) => {
    const code = mark.codePointAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

function say(text) {
  byId('live').textContent = text;
}

const count = (number) => number.toLocaleString('en');
const plural = (number, word) => `${count(number)} ${word}${number === 1 ? '' : 's'}`;

function size(bytes) {
  if (!bytes) return '0 B';
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  return `${value >= 100 || power === 0 ? Math.round(value) : value.toFixed(value < 10 ? 2 : 1)} ${['B', 'kB', 'MB', 'GB', 'TB'][power]}`;
}

function time(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 1) return ms === 0 ? '0 ms' : `${Math.max(1, Math.round(ms * 1000))} µs`;
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min ${Math.round((ms % 60_000) / 1000)} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A button that copies what `text` returns. */
function copyButton(label, text) {
  const button = h('button', { type: 'button', class: 'small', text: label });
  button.addEventListener('click', async () => {
    const done = await copy(text());
    button.textContent = done ? 'Copied' : 'Copying is not allowed here';
    say(button.textContent);
    setTimeout(() => { button.textContent = label; }, 1500);
  });
  return button;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch { // pages from a file have no clipboard in some browsers
    const area = h('textarea', { style: { position: 'fixed', opacity: '0' } });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

/** Calls `work` at most once a frame. */
function framed(work) {
  let waiting = 0;
  return () => {
    if (!waiting) waiting = requestAnimationFrame(() => { waiting = 0; work(); });
  };
}

/** Calls `work` when there were no calls for a while. */
function calmed(work, ms) {
  let timer = 0;
  return (...values) => {
    clearTimeout(timer);
    timer = setTimeout(() => work(...values), ms);
  };
}
