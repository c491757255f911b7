// Describes what was thrown, with the lines of the script that it came from.
import { apply, execPattern, stringify, toText } from './natives.js';

// Lines that are put before a script: two by the Function constructor, one by uniscope, one by the sandbox.
const LINES_BEFORE = 4;
const INDENT = 20; // columns that the sandbox puts before the first line
const FRAME = /at (?:(?:async )?([^\s(]+) (?:\[as [^\]]+\] )?\()?eval at [^\n]*<anonymous>:(\d+):(\d+)\)?/;
const NAMELESS = /(?:^|\.)eval$/;
const LONGEST = 100_000; // characters of a value that is handed on to be compared

/** Lines of the form `at name (script:3:14)`, or undefined if none of the script's `length` lines is in the stack. */
function scriptFrames(stack, length) {
  if (typeof stack !== 'string') return undefined;
  const lines = stack.split('\n');
  let frames;
  for (let i = 1; i < lines.length; i++) {
    const found = apply(execPattern, FRAME, [lines[i]]);
    const number = found ? found[2] - LINES_BEFORE : 0;
    if (number < 1 || number > length) continue;
    const place = `script:${number}:${number === 1 ? found[3] - INDENT : found[3]}`;
    const frame = found[1] && apply(execPattern, NAMELESS, [found[1]]) === null ? `at ${found[1]} (${place})` : `at ${place}`;
    frames = frames ? `${frames}\n${frame}` : frame;
  }
  return frames;
}

const text = (value) => {
  try {
    return toText(value);
  } catch {
    return 'a value that cannot be turned into text';
  }
};

const withoutMessage = (thrown) => (thrown instanceof Error ? '' : stringify(thrown) || text(thrown));

/** A message that a script made an object of says what is in it, not `[object Object]`. */
const messageText = (message) => (typeof message === 'object' && stringify(message)) || text(message);

/** What a failed comparison compared, as JSON: chai says whether the two are worth showing. */
function addCompared(described, thrown) {
  if (thrown.showDiff !== true && thrown.code !== 'ERR_ASSERTION') return;
  try {
    const expected = stringify(thrown.expected);
    const actual = stringify(thrown.actual);
    if (expected !== undefined && expected.length <= LONGEST) described.expected = expected;
    if (actual !== undefined && actual.length <= LONGEST) described.actual = actual;
  } catch {
    // by a circular value, a BigInt, a getter: the message says what can be said
  }
}

/** What Python is told about anything that can be thrown by a script of `length` lines. */
function describe(thrown, length) {
  if (thrown === null || (typeof thrown !== 'object' && typeof thrown !== 'function')) {
    return { name: 'Error', message: text(thrown), thrown: typeof thrown };
  }
  try {
    const { name, message } = thrown;
    const described = {
      name: name === undefined ? 'Error' : text(name),
      message: message === undefined ? withoutMessage(thrown) : messageText(message),
    };
    const frames = scriptFrames(thrown.stack, length);
    if (frames) described.stack = frames;
    addCompared(described, thrown);
    if (thrown.code !== undefined && typeof thrown.code !== 'object') described.code = text(thrown.code);
    return described;
  } catch {
    return { name: 'Error', message: 'an object that cannot be read' };
  }
}

export { describe };
