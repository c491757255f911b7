import 'core-js/actual/url/index.js';
import 'core-js/actual/url-search-params/index.js';

const { URL, URLSearchParams } = globalThis;
delete globalThis['__core-js_shared__'];

export { URL, URLSearchParams };
