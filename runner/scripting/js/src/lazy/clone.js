import 'core-js/actual/structured-clone.js';
import 'core-js/actual/dom-exception/index.js';

const { structuredClone, DOMException } = globalThis;
delete globalThis['__core-js_shared__'];

export { DOMException, structuredClone };
