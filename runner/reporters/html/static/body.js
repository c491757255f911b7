// A body or a set of headers in one of several forms.

/** Tabs without a panel of their own each: what is chosen takes the place below. */
function forms(label, options) {
  const place = h('div', { class: 'form' });
  const buttons = options.map(([name, make]) => h('button', {
    type: 'button', 'aria-pressed': 'false', text: name,
    on: { click: (event) => show(event.currentTarget, make) },
  }));
  const show = (button, make) => {
    for (const other of buttons) other.setAttribute('aria-pressed', String(other === button));
    place.replaceChildren(make());
  };
  show(buttons[0], options[0][1]);
  return h('div', { class: 'forms' }, h('div', { class: 'segments small', role: 'group', 'aria-label': label }, buttons), place);
}

function bodyNote(body) {
  const notes = [];
  if (body.cut !== undefined) notes.push(body.cut ? `The first ${size(body.cut)} of ${size(body.size)}; the rest is not in this report.` : `The body (${size(body.size)}) is not in this report.`);
  if (body.broken) notes.push('Some bytes are no text in its encoding: they are shown as �.');
  return notes.length ? h('p', { class: 'notice', text: notes.join(' ') }) : null;
}

function imageView(body) {
  const data = body.b64 ?? btoa(String.fromCharCode(...new TextEncoder().encode(body.text)));
  return h('div', { class: 'picture' }, h('img', { src: `data:${body.type};base64,${data}`, alt: 'The body, as a picture' }));
}

const hexView = (bytes) => h('pre', { class: 'code', tabindex: '0', text: hexDump(bytes) });

function bodyForms(body) {
  const options = [];
  if (body.image) options.push(['Picture', () => imageView(body)]);
  if (body.text !== undefined) {
    if (formatOf(body) !== 'text') options.push(['Pretty', () => pretty(body)]);
    options.push(['Raw', () => h('pre', { class: 'code raw', tabindex: '0', text: visible(body.text) })]);
    options.push(['Hex', () => hexView(body.b64 ? bytesOf(body.b64) : new TextEncoder().encode(body.text.slice(0, 4096)))]);
  } else options.push(['Hex', () => hexView(bytesOf(body.b64))]);
  return options;
}

/** What was sent or received: its body in all forms, and its headers. */
function messageView(label, message) {
  const { body, headers, cookies } = message;
  const note = body && bodyNote(body);
  const options = body ? bodyForms(body).map(([name, make]) => [name, () => h('div', {}, note && note.cloneNode(true), make())]) : [];
  options.push([`Headers ${headers.length}`, () => pairs(headers, `Headers of the ${label}`)]);
  if (cookies?.length) options.push([`Cookies ${cookies.length}`, () => cookieTable(cookies)]);
  const facts = body ? `${body.type || 'no media type'} · ${size(body.size)}` : 'no body';
  return h('div', { class: 'sent' }, forms(`Form of the ${label}`, options), h('span', { class: 'facts' }, visible(facts), body?.text ? copyButton('Copy', () => body.text) : null));
}

function cookieTable(cookies) {
  return pairs(cookies.map(([name, value, domain, path, expires, secure, httpOnly]) => [name, [
    value, domain && `domain ${domain}`, path && `path ${path}`, expires && `until ${new Date(expires * 1000).toISOString()}`, secure && 'secure', httpOnly && 'http only',
  ].filter(Boolean).join('; ')]), 'Cookies');
}
