// A request as a command for a POSIX shell.

/** One word; what cannot be seen is written in escapes. */
function shellWord(text) {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (!/[\x00-\x08\x0b-\x1f\x7f-\x9f]/.test(text)) return `'${text.replace(/'/g, `'\\''`)}'`;
  const escaped = text.replace(/[\\']/g, '\\$&').replace(/[\x00-\x1f\x7f-\x9f]/g, (mark) => (
    mark === '\n' ? '\\n' : `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`));
  return `$'${escaped}'`;
}

/** What curl sets by itself, or what only held for that one connection. */
const OWN_HEADERS = /^(?:content-length|host|connection|accept-encoding|postman-token)$/i;

function curl(request) {
  const { method, url, headers, body } = request;
  const parts = [];
  const implied = body ? 'POST' : 'GET';
  if (method === 'HEAD') parts.push('--head');
  else if (method !== implied) parts.push(`--request ${shellWord(method)}`);
  parts.push(shellWord(url));
  for (const [name, value, added] of headers) {
    if (OWN_HEADERS.test(name) && added) continue;
    parts.push(`--header ${shellWord(value === '' ? `${name};` : `${name}: ${value}`)}`);
  }
  if (headers.some(([name]) => /^accept-encoding$/i.test(name))) parts.push('--compressed');
  if (body) {
    if (body.text !== undefined && !body.cut && !body.broken) parts.push(`--data-raw ${shellWord(body.text)}`);
    else parts.push("--data-binary '@body.bin'");
  }
  return `curl ${parts.join(' \\\n  ')}`;
}
