// Static analysis of scripts: what they do with variables, and what they name. A bundle of its own, for a V8 in which nothing else runs.
import { parse } from 'acorn';
import { Globals } from './analysis/scope.js';
import { Interpreter } from './analysis/interpret.js';
import { mentionsOf } from './analysis/mentions.js';

const OPTIONS = {
  ecmaVersion: 'latest', sourceType: 'script', allowAwaitOutsideFunction: true, allowReturnOutsideFunction: true,
  allowHashBang: true, locations: true,
};
const LONGEST_CODE = 80;

function parsed(source) {
  try {
    return { program: parse(source, OPTIONS) };
  } catch (error) {
    const { line = 1, column = 0 } = error.loc ?? {};
    return { error: { message: String(error.message).replace(/ \(\d+:\d+\)$/, ''), line, column: column + 1 } };
  }
}

const shortened = (code) => {
  const line = code.replace(/\s+/g, ' ');
  return line.length > LONGEST_CODE ? `${line.slice(0, LONGEST_CODE)}...` : line;
};

function analyse(sources, values = {}) {
  const globals = new Globals();
  const scripts = sources.map(parsed);
  const interpreter = new Interpreter(globals, sources, values, (source) => parsed(source).program ?? null);
  const round = () => scripts.map(({ program, error }, index) => {
    if (error) return { error, facts: [], complete: true };
    const facts = new Map();
    const complete = interpreter.run(program, index, (kind, node, { name, scope, code, from = index }) => {
      const fact = { kind, name, scope, line: node?.loc?.start.line ?? 1 };
      if (code) fact.code = shortened(sources[from].slice(code.start, code.end));
      const key = JSON.stringify(fact);
      if (!facts.has(key)) facts.set(key, fact);
    });
    return { error: null, facts: [...facts.values()], complete };
  });
  const first = round();
  // what scripts left for each other is known now
  return [globals.left, interpreter.loose, interpreter.extras, interpreter.stored].some(({ size }) => size) ? round() : first;
}

const NOTHING = {
  mentions: [], assigned: [], free: [], hidden: [], strings: [],
};

function mentions(sources) {
  return sources.map((source) => {
    const { program, error } = parsed(source);
    return { ...(program ? mentionsOf(program) : NOTHING), error: error ?? null };
  });
}

const CALLS = { S: analyse, M: mentions };

/** Called with a letter of `CALLS` and, as JSON, its arguments as `this`; `L` is the start. */
function entry() {
  const payload = String(this);
  const called = CALLS[payload[0]];
  return called ? JSON.stringify(called(...JSON.parse(payload.slice(1)))) : '';
}

export { analyse, entry };
