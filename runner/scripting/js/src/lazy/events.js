// Event, EventTarget, AbortController and AbortSignal (https://dom.spec.whatwg.org/), without a tree of nodes.
let later; // the host's timers: those of a script would keep it from ending
const connect = ({ setBackgroundTimeout }) => { later = setBackgroundTimeout; };

const state = new WeakMap(); // event -> what happens to it
const HIDDEN = Symbol('signal');

class Event {
  static NONE = 0;

  static CAPTURING_PHASE = 1;

  static AT_TARGET = 2;

  static BUBBLING_PHASE = 3;

  constructor(type, options = {}) {
    if (arguments.length === 0) throw new TypeError('The "type" argument must be specified');
    const { bubbles, cancelable, composed } = options || {};
    state.set(this, {
      type: String(type), bubbles: Boolean(bubbles), cancelable: Boolean(cancelable), composed: Boolean(composed),
      target: null, phase: 0, stopped: false, stoppedAll: false, prevented: false, passive: false, busy: false,
      time: Date.now(), trusted: false,
    });
  }

  get type() { return state.get(this).type; }

  get bubbles() { return state.get(this).bubbles; }

  get cancelable() { return state.get(this).cancelable; }

  get composed() { return state.get(this).composed; }

  get target() { return state.get(this).target; }

  get srcElement() { return state.get(this).target; }

  get currentTarget() { return state.get(this).phase ? state.get(this).target : null; }

  get eventPhase() { return state.get(this).phase; }

  get defaultPrevented() { return state.get(this).prevented; }

  get returnValue() { return !state.get(this).prevented; }

  get cancelBubble() { return state.get(this).stopped; }

  set cancelBubble(value) { if (value) this.stopPropagation(); }

  get timeStamp() { return state.get(this).time; }

  get isTrusted() { return state.get(this).trusted; }

  composedPath() { return state.get(this).phase ? [state.get(this).target] : []; }

  stopPropagation() { state.get(this).stopped = true; }

  stopImmediatePropagation() {
    state.get(this).stopped = true;
    state.get(this).stoppedAll = true;
  }

  preventDefault() {
    const event = state.get(this);
    if (event.cancelable && !event.passive) event.prevented = true;
  }

  get [Symbol.toStringTag]() { return 'Event'; }
}

const listenersOf = new WeakMap(); // target -> [{type, listener, capture, once, passive, removed}]

class EventTarget {
  constructor() {
    listenersOf.set(this, []);
  }

  addEventListener(type, listener, options) {
    if (listener === null || listener === undefined) return;
    const given = typeof options === 'object' && options !== null ? options : { capture: Boolean(options) };
    const { signal } = given;
    if (signal && signal.aborted) return;
    const list = listenersOf.get(this);
    const entry = {
      type: String(type), listener, capture: Boolean(given.capture), once: Boolean(given.once),
      passive: Boolean(given.passive), removed: false,
    };
    if (list.some((other) => same(other, entry))) return;
    list.push(entry);
    if (signal) signal.addEventListener('abort', () => this.removeEventListener(type, listener, options));
  }

  removeEventListener(type, listener, options) {
    const capture = typeof options === 'object' && options !== null ? Boolean(options.capture) : Boolean(options);
    const list = listenersOf.get(this);
    const at = list.findIndex((other) => same(other, { type: String(type), listener, capture }));
    if (at < 0) return;
    list[at].removed = true;
    list.splice(at, 1);
  }

  dispatchEvent(event) {
    const inner = state.get(event);
    if (!inner) throw new TypeError('The "event" argument must be an instance of Event.');
    if (inner.busy) throw new DOMException('The event is already being dispatched', 'InvalidStateError');
    Object.assign(inner, { target: this, phase: 2, busy: true });
    for (const entry of listenersOf.get(this).slice()) {
      if (entry.removed || entry.type !== inner.type) continue;
      if (inner.stoppedAll) break;
      if (entry.once) this.removeEventListener(entry.type, entry.listener, entry.capture);
      inner.passive = entry.passive;
      try {
        if (typeof entry.listener === 'function') entry.listener.call(this, event);
        else entry.listener.handleEvent(event);
      } catch (error) {
        later(() => { throw error; }, 0); // an error in a listener is an uncaught error
      }
      inner.passive = false;
    }
    Object.assign(inner, { phase: 0, stopped: false, stoppedAll: false, busy: false });
    return !inner.prevented;
  }

  get [Symbol.toStringTag]() { return 'EventTarget'; }
}

const same = (a, b) => a.type === b.type && a.listener === b.listener && a.capture === b.capture;

function fire(target, type) {
  const event = new Event(type);
  state.get(event).trusted = true;
  target.dispatchEvent(event);
}

class AbortSignal extends EventTarget {
  #reason = undefined;

  #aborted = false;

  #handler = null;

  #dependents = [];

  constructor(key) {
    if (key !== HIDDEN) throw new TypeError('Illegal constructor');
    super();
  }

  get aborted() { return this.#aborted; }

  get reason() { return this.#reason; }

  get onabort() { return this.#handler; }

  set onabort(handler) {
    if (this.#handler) this.removeEventListener('abort', this.#handler);
    this.#handler = typeof handler === 'function' ? handler : null;
    if (this.#handler) this.addEventListener('abort', this.#handler);
  }

  throwIfAborted() { if (this.#aborted) throw this.#reason; }

  static abortSignal(signal, reason) {
    if (signal.#aborted) return;
    signal.#aborted = true;
    signal.#reason = reason === undefined ? new DOMException('This operation was aborted', 'AbortError') : reason;
    fire(signal, 'abort');
    for (const dependent of signal.#dependents) abort(dependent, signal.#reason);
  }

  static abort(reason) {
    const signal = new AbortSignal(HIDDEN);
    abort(signal, reason);
    return signal;
  }

  static timeout(delay) {
    const signal = new AbortSignal(HIDDEN);
    later(() => abort(signal, new DOMException('The operation was aborted due to timeout', 'TimeoutError')), delay);
    return signal;
  }

  static any(signals) {
    const signal = new AbortSignal(HIDDEN);
    const all = Array.from(signals);
    const first = all.find((one) => one.aborted);
    if (first) abort(signal, first.reason);
    else for (const one of all) one.#dependents.push(signal);
    return signal;
  }

  get [Symbol.toStringTag]() { return 'AbortSignal'; }
}
const abort = AbortSignal.abortSignal;
delete AbortSignal.abortSignal;

class AbortController {
  #signal = new AbortSignal(HIDDEN);

  get signal() { return this.#signal; }

  abort(reason) { abort(this.#signal, reason); }

  get [Symbol.toStringTag]() { return 'AbortController'; }
}

export { AbortController, AbortSignal, Event, EventTarget, connect };
