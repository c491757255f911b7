// Timers and immediates for a V8 that has neither. Python runs them, one macrotask per call, because V8
// runs promise callbacks only after the outermost call has returned.
import { apply, create, keys, now } from './natives.js';

const timers = create(null); // id -> { at, order, task, args, every }
const immediates = create(null); // id -> task
let batch = []; // what is left of the current turn: timers that are due, then the immediates of that moment
let at = 0;
let lastId = 0;

function setTimer(task, delay, args, repeat) {
  if (typeof task !== 'function') throw new TypeError('The "callback" argument must be of type function.');
  let wait = +delay;
  if (!(wait >= 1 && wait <= 2147483647)) wait = 1; // as in Node
  const id = ++lastId;
  timers[id] = { at: now() + wait, order: id, task, args, every: repeat ? wait : 0 };
  return id;
}

const setTimeout = (task, delay, ...args) => setTimer(task, delay, args, false);
const setInterval = (task, delay, ...args) => setTimer(task, delay, args, true);
let background = 0;
/** A timer of the host's own, which does not keep a script from ending. */
function setBackgroundTimeout(task, delay) {
  background++;
  setTimeout(() => {
    background--;
    task();
  }, delay);
}
const hasBackgroundTimers = () => background > 0;
const clearTimeout = (id) => { delete timers[id]; };
const setImmediate = (task, ...args) => {
  const id = ++lastId;
  immediates[id] = { task, args };
  return id;
};
const clearImmediate = (id) => { delete immediates[id]; };

/** Milliseconds until something can run: 0 = now, -1 = never. */
function delay() {
  if (at < batch.length) return 0;
  for (const id in immediates) return 0;
  let next = -1;
  const time = now();
  for (const id in timers) {
    const wait = timers[id].at - time;
    if (wait <= 0) return 0;
    if (next < 0 || wait < next) next = wait;
  }
  return next;
}

function refill() {
  batch = [];
  at = 0;
  const time = now();
  const due = [];
  for (const id in timers) if (timers[id].at <= time) due[due.length] = id;
  due.sort((a, b) => timers[a].at - timers[b].at || timers[a].order - timers[b].order);
  for (let i = 0; i < due.length; i++) batch[i] = { timer: due[i] };
  const ids = keys(immediates);
  for (let i = 0; i < ids.length; i++) batch[batch.length] = { immediate: ids[i] };
}

/** Runs one macrotask. Returns whether there was one. */
function runOne() {
  if (at >= batch.length) refill();
  while (at < batch.length) {
    const { timer, immediate } = batch[at++];
    if (immediate !== undefined) {
      const entry = immediates[immediate];
      if (!entry) continue;
      delete immediates[immediate];
      apply(entry.task, undefined, entry.args);
      return true;
    }
    const entry = timers[timer];
    if (!entry) continue;
    if (entry.every) entry.at = now() + entry.every;
    else delete timers[timer];
    apply(entry.task, undefined, entry.args);
    return true;
  }
  return false;
}

const hasImmediates = () => {
  if (at < batch.length) return true;
  for (const id in immediates) return true;
  return false;
};

export {
  clearImmediate, clearTimeout, delay, hasBackgroundTimers, hasImmediates, runOne, setBackgroundTimeout, setImmediate,
  setInterval, setTimeout,
};
