// All that is known of one item.

const CODES = { 1: 'info', 2: 'good', 3: 'info', 4: 'bad', 5: 'bad' };

function codeBadge(code) {
  if (!code) return h('span', { class: 'code-badge bad', text: 'no answer' });
  return h('span', { class: `code-badge ${CODES[Math.floor(code / 100)] || 'info'}`, text: String(code) });
}

const methodMark = (method) => h('span', { class: `method ${/^[A-Z]+$/.test(method) ? method : ''}`, text: visible(method) });
const statusMark = (status) => h('span', { class: `status ${status}`, role: 'img', 'aria-label': status, title: status });

function section(title, number, ...content) {
  return h('section', { class: 'part' }, h('h3', {}, title, number ? h('span', { class: 'n', text: String(number) }) : null), ...content);
}

function detailView(row, { close, step }) {
  const found = detailsOf(row);
  const view = h('article', { class: 'detail' }, detailHead(row, found, close, step));
  if (found === undefined) view.append(h('p', { class: 'notice', text: 'This part of the file is still being read.' }));
  else if (found === null) view.append(h('p', { class: 'notice', text: 'The run was long: the details of this request were left out. The JSON report or a run of its folder alone has them.' }));
  else view.append(...parts(row, found).filter(Boolean));
  return view;
}

function detailHead(row, found, close, step) {
  const main = mainExchange(found);
  const facts = [codeBadge(row.code)];
  const reason = main?.response?.reason;
  if (row.status === 'skipped') facts[0] = h('span', { class: 'code-badge', text: 'not sent' });
  if (reason) facts.push(h('span', { text: visible(reason) }));
  if (row.bars.length) facts.push(h('span', { text: time(row.ms) }), h('span', { text: size(row.size) }));
  if (main?.response) facts.push(h('span', { text: `HTTP/${visible(main.response.http)}` }));
  if (run.iterations > 1) facts.push(h('span', { text: `iteration ${row.iteration + 1}` }));
  if (row.attempts > 1) facts.push(h('span', { text: plural(row.attempts, 'attempt') }));
  return h('header', {},
    h('div', { class: 'tools' },
      h('button', { type: 'button', class: 'small', title: 'Previous (k)', 'aria-label': 'Previous', text: '↑', on: { click: () => step(-1) } }),
      h('button', { type: 'button', class: 'small', title: 'Next (j)', 'aria-label': 'Next', text: '↓', on: { click: () => step(1) } }),
      main ? copyButton('Copy as cURL', () => main.request.curl) : null,
      h('button', { type: 'button', class: 'small close', title: 'Close (Esc)', 'aria-label': 'Close', text: '✕', on: { click: close } })),
    row.folder ? h('p', { class: 'folder', text: visible(row.folder) }) : null,
    h('h2', {}, statusMark(row.status), visible(row.name)),
    h('p', { class: 'url' }, methodMark(row.method), ' ', h('code', { text: visible(main?.request.url ?? row.url) })),
    h('p', { class: 'facts-line' }, facts));
}

/** The exchange that the test scripts saw. */
function mainExchange(found) {
  return found?.exchanges.filter((one) => one.origin === 'item').pop() ?? null;
}

function parts(row, found) {
  const main = mainExchange(found);
  const others = found.exchanges.filter((one) => one !== main);
  const children = rows.filter((other) => other.parent === row.number);
  const checks = [...found.scripts.flatMap((script) => script.checks || []), ...(found.checks || [])];
  const changes = found.scripts.flatMap((script) => script.changes || []).concat(found.changes || []);
  const lines = [...(found.said || []), ...found.scripts.flatMap((script) => script.console || [])];
  const { description } = run.items[row.item];
  return [
    found.skipped ? h('p', { class: 'notice', text: visible(`Skipped: ${found.skipped}.`) }) : null,
    found.failures.length ? section('Failures', found.failures.length, found.failures.map((failure) => failureView(failure, found)),
      found.why ? h('pre', { class: 'code why', tabindex: '0', text: visible(found.why.join('\n')) }) : null) : null,
    main?.response ? section('Response', 0, messageView('response', main.response)) : null,
    (found.visuals || []).map((one) => section('Visualization', 0, visualView(one))),
    main?.error && !found.failures.length ? section('Response', 0, h('p', { class: 'notice bad', text: visible(main.error.message) })) : null,
    checks.length ? section('Checks', checks.length, h('ul', { class: 'checks' }, checks.map(checkView))) : null,
    main ? section('Request', 0, messageView('request', main.request)) : null,
    found.attempts ? section('Earlier attempts', found.attempts.length, found.attempts.map((one, at) => attemptView(one, at))) : null,
    others.length || main?.redirects ? section('Calls', others.length + (main?.redirects?.length || 0), callViews(found, main, row)) : null,
    children.length ? section('Requests run by its scripts', children.length, children.map((child) => h('button', {
      type: 'button', class: 'link child', on: { click: () => openRow(child) },
    }, statusMark(child.status), methodMark(child.method), ' ', visible(child.name)))) : null,
    changes.length ? section('Variables', changes.length, changeTable(changes)) : null,
    lines.length ? section('Console', lines.length, h('div', { class: 'console', tabindex: '0', role: 'group', 'aria-label': 'Console' }, lines.map(([level, text]) => (
      h('p', { class: level }, h('span', { class: 'level', text: level }), h('span', { text: visible(text) })))))) : null,
    row.bars.length ? section('Timing', 0, timingView(row), connectionView(main)) : null,
    found.scripts.length ? section('Scripts', found.scripts.length, found.scripts.map(scriptView)) : null,
    description ? section('Description', 0, prose(description)) : null,
  ].flat();
}

/** What a script drew. It runs in a frame of its own, which can reach neither this page nor the network. */
function visualView({ html, error, still }) {
  if (error) return h('p', { class: 'notice bad', text: visible(error) });
  const frame = h('iframe', { class: 'visual', title: 'Visualization', sandbox: 'allow-scripts', referrerpolicy: 'no-referrer' });
  frame.srcdoc = html;
  return h('div', {}, still ? h('p', { class: 'notice', text: 'Scripts that it fetches from elsewhere are not run.' }) : null, frame);
}

/** HTML that htrun made of a description; nothing else gets into the page as HTML. */
function prose(html) {
  const place = h('div', { class: 'prose' });
  place.innerHTML = html;
  return place;
}

function failureView(failure, found) {
  const { error } = failure;
  const script = failure.script === undefined ? null : found.scripts[failure.script];
  return h('div', { class: 'failure' },
    h('h4', { text: visible(failure.title) }),
    h('p', { class: 'message', text: visible(failure.kind === 'assertion' ? error.message : `${error.name}: ${error.message}`) }),
    diffView(error),
    script ? excerptView(error, run.scripts[script.script]) : null,
    h('p', { class: 'at', text: visible(failure.at) }));
}

/** The lines around the one that failed, if the error says which. */
function excerptView(error, { source }) {
  const place = /script:(\d+):(\d+)/.exec(error.stack || '');
  if (!place) return null;
  const line = Number(place[1]);
  const lines = source.split('\n');
  if (line > lines.length) return null;
  const from = Math.max(0, line - 3);
  return h('pre', { class: 'code source', tabindex: '0' }, lines.slice(from, line + 2).map((text, at) => (
    h('span', { class: `line ${from + at + 1 === line ? 'here' : ''}` }, h('span', { class: 'number', text: String(from + at + 1) }), visible(text)))));
}

function checkView(check) {
  const status = check.error ? 'failed' : check.skipped ? 'skipped' : 'passed';
  return h('li', {}, statusMark(status), h('span', {}, visible(check.name), check.error ? h('span', { class: 'message', text: visible(check.error.message) }) : null));
}

function attemptView(attempt, at) {
  const head = h('summary', {}, h('b', { text: `Attempt ${at + 1}` }), attempt.code === null ? null : codeBadge(attempt.code),
    h('span', { text: visible(attempt.reason) }), h('span', { class: 'quiet', text: `then a wait of ${time(attempt.wait * 1000)}` }));
  if (!attempt.block) return h('p', { class: 'call' }, [...head.childNodes]);
  return opened(head, () => {
    const found = block(attempt.block);
    const main = mainExchange(found);
    return [
      ...found.failures.map((failure) => failureView(failure, found)),
      main?.response ? section('Response', 0, messageView('response', main.response)) : null,
      main ? section('Request', 0, messageView('request', main.request)) : null,
    ];
  });
}

/** A disclosure whose contents are made when it is opened. */
function opened(head, make) {
  const place = h('details', { class: 'call' }, head);
  place.addEventListener('toggle', () => {
    if (place.open && place.childElementCount === 1) place.append(h('div', { class: 'inside' }, make().filter(Boolean)));
  });
  return place;
}

function callViews(found, main, row) {
  const views = [];
  let at = 0;
  for (const exchange of found.exchanges) {
    for (const hop of exchange.redirects || []) views.push(callView(hop, 'redirect', row.bars[at++]));
    if (exchange !== main) views.push(callView(exchange, exchange.origin, row.bars[at]));
    at += 1;
  }
  return views;
}

function callView(exchange, origin, timing) {
  const { request, response, error } = exchange;
  const sent = request || { method: '', url: response?.url || '', headers: [], body: null };
  const head = h('summary', {}, codeBadge(response?.code), methodMark(sent.method), h('code', { text: visible(sent.url) }),
    h('span', { class: 'quiet', text: `${ORIGINS[origin] || origin}${timing ? `, ${time(timing.total)}` : ''}` }));
  return opened(head, () => [
    error ? h('p', { class: 'notice bad', text: visible(error.message) }) : null,
    response ? section('Response', 0, messageView('response', response)) : null,
    section('Request', 0, messageView('request', sent)),
    sent.curl ? h('p', {}, copyButton('Copy as cURL', () => sent.curl)) : null,
  ]);
}

function changeTable(changes) {
  const value = (text) => (text === null || text === undefined ? h('i', { class: 'quiet', text: 'none' }) : h('code', { text: visible(text) }));
  return h('table', { class: 'changes' }, h('thead', {}, h('tr', {}, ['Variable', 'Before', 'After'].map((name) => h('th', { scope: 'col', text: name })))),
    h('tbody', {}, changes.map((one) => h('tr', {},
      h('th', { scope: 'row' }, visible(one.key), h('span', { class: 'quiet', text: visible(one.origin ? `${one.scope}, from ${one.origin}` : one.scope) })),
      h('td', {}, value(one.before)), h('td', {}, one.removed ? h('i', { class: 'quiet', text: 'removed' }) : value(one.after))))));
}

function timingView(row) {
  const from = row.start ?? 0;
  const to = Math.max(row.end, from + 0.1);
  return h('div', { class: 'timing' }, phaseLegend(), row.bars.map((one) => h('div', { class: 'timing-row' },
    h('span', { class: 'label', text: ORIGINS[one.origin] || one.origin }), h('span', { class: 'track' }, bar(one, from, to)), h('span', { class: 'n', text: time(one.total) }),
    h('span', { class: 'phases-text', text: PHASES.filter(([phase]) => one[phase] !== null).map(([phase, label]) => `${label} ${time(one[phase])}`).join(' · ') }))));
}

/** Where the answer came from, and what the connection was secured with. */
function connectionView(exchange) {
  if (!exchange?.address && !exchange?.tls) return null;
  const facts = [exchange.address && `from ${exchange.address}`];
  if (exchange.tls) {
    const [version, cipher, subject, issuer, expires] = exchange.tls;
    facts.push(`${version}, ${cipher}`, subject && `certificate of ${subject}`, issuer && `issued by ${issuer}`, expires && `valid until ${expires}`);
  }
  return h('p', { class: 'quiet connection', text: visible(facts.filter(Boolean).join(' · ')) });
}

function scriptView({ script, listen, ms, error }) {
  const head = h('summary', {}, h('b', { text: listen === 'test' ? 'After the response' : 'Before the request' }), h('span', { class: 'quiet', text: time(ms) }),
    error ? h('span', { class: 'bad', text: visible(error.name) }) : null);
  return opened(head, () => [h('pre', { class: 'code source', tabindex: '0' }, run.scripts[script].source.split('\n').map((text, at) => (
    h('span', { class: 'line' }, h('span', { class: 'number', text: String(at + 1) }), visible(text)))))]);
}
