// The emitter that the sandbox finds as the global `bridge`; `dispatch` is where its messages leave.
import { apply, create } from './natives.js';

function createBridge(onDispatch) {
  const events = create(null);
  const listeners = (name) => events[name] || [];
  const bridge = {
    listeners,
    emit(name, ...args) {
      const called = listeners(name);
      const copy = [];
      for (let i = 0; i < called.length; i++) copy[i] = called[i];
      for (let i = 0; i < copy.length; i++) apply(copy[i], bridge, args);
    },
    dispatch: onDispatch,
    on(name, listener) {
      if (typeof listener !== 'function') return;
      const list = events[name] || (events[name] = []);
      list[list.length] = listener;
    },
    once(name, listener) {
      const wrapper = (...args) => {
        bridge.off(name, wrapper);
        apply(listener, bridge, args);
      };
      bridge.on(name, wrapper);
    },
    off(name, listener) {
      const list = events[name];
      if (!list) return;
      const rest = [];
      if (listener) for (let i = 0; i < list.length; i++) if (list[i] !== listener) rest[rest.length] = list[i];
      if (rest.length) events[name] = rest;
      else delete events[name];
    },
  };
  return bridge;
}

export { createBridge };
