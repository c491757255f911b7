// Classes, and functions that are used as such.
import { Scope } from './scope.js';
import {
  UNDEFINED, UNKNOWN, join, object,
} from './values.js';

/** The value of a class: a function whose node is its constructor. */
function declareClass(run, node, scope) {
  const parent = node.superClass ? run.value(node.superClass, scope) : [];
  const base = parent.find(({ is }) => is === 'function') ?? null;
  const own = {
    is: 'function', node: null, scope, self: null, script: run.script, members: new Map(base?.members), base, fields: [],
  };
  [own.prototype] = object(new Map(), base?.prototype ?? null);
  const inner = new Scope(scope, { ...scope.frame, self: [own] });
  own.prototype.members.set('constructor', [own]);
  own.scope = inner;
  if (node.id) inner.declare(node.id.name, [own]);
  for (const element of node.body.body) {
    if (element.type === 'StaticBlock') run.block(element.body, inner);
    else {
      const holder = element.static ? own : own.prototype;
      const name = element.computed ? null : element.key.name ?? element.key.value;
      if (element.kind === 'constructor') own.node = element.value;
      else if (element.type === 'PropertyDefinition' && !element.static) own.fields.push(element);
      else if (element.value && name !== null) holder.members.set(String(name), run.value(element.value, inner));
    }
  }
  return [own];
}

/** The own fields of a new object, its parent's first. */
function fields(run, one, self) {
  if (one.base) fields(run, one.base, self);
  for (const { computed, key, value } of one.fields ?? []) {
    const made = value ? run.value(value, new Scope(one.scope, { ...one.scope.frame, self })) : UNDEFINED;
    if (!computed) self[0].members.set(String(key.name ?? key.value), made);
  }
}

/** `new callee(...)`. */
function construct(run, callee, args) {
  const made = [];
  for (const one of callee) {
    if (one.is === 'function') {
      const self = object(new Map(), one.prototype);
      fields(run, one, self);
      run.invoke(one, args, self);
      made.push(...self);
    } else {
      if (one.is === 'api' && one.path === 'Function') run.code(args.at(-1) ?? [], run.globals, null);
      else run.callbacks(args);
      made.push(...UNKNOWN);
    }
  }
  return join(made);
}

export { construct, declareClass };
