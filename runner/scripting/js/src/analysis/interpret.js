// Walks a parsed script as it would run, with values that are only partly known (values.js): every branch is taken, loops
// are gone through twice, callbacks are called where they are handed over. Facts come out through `emit`.
import * as apis from './api.js';
import { arrayMethod, builtin, textMethod } from './builtins.js';
import { Scope, patternNames, varNames } from './scope.js';
import { expressions } from './expressions.js';
import { statements } from './statements.js';
import {
  UNDEFINED, UNKNOWN, api, array, concat, functions, join, object, text,
} from './values.js';

const ROOTS = new Set([
  'pm', 'postman', 'environment', 'globals', 'data', 'request', 'eval', 'Function', 'Object', 'String', 'Array', 'JSON', 'Promise',
  '_', 'globalThis', 'global', 'window',
]);
const STEPS = 200_000; // nodes of one script, counted as often as they are visited
const DEPTH = 24; // calls inside of calls
const REST = Symbol('unknown arguments');

class Exhausted extends Error {}

class Interpreter {
  loose = new Map(); // functions that were put on objects nobody knows, by name: Object.prototype.save = ...

  extras = new Map(); // what scripts put on the API's objects, by path

  stored = new Map(); // texts in variables that may be code, by the variable's name

  /** `sources`: of the scripts; `values`: of variables, before anything runs; `parse`: gives a program or null. */
  constructor(globals, sources, values, parse) {
    Object.assign(this, { globals, sources, parse });
    for (const [name, value] of Object.entries(values)) this.stored.set(name, text(value));
  }

  /** Runs a program; `emit(kind, node, fact)` is told what it does. */
  run(program, script, emit) {
    Object.assign(this, { script, steps: STEPS, depth: 0, calls: [], site: null, origin: undefined, inString: false, emit });
    try {
      this.body(program.body, new Scope(this.globals, { self: [], returns: [], depth: 0 }));
      return true;
    } catch (error) {
      if (error instanceof Exhausted || error instanceof RangeError) return false; // too many steps, too deep
      throw error;
    } finally {
      this.globals.leave();
    }
  }

  step() {
    this.steps -= 1;
    if (this.steps < 0) throw new Exhausted();
  }

  tell(kind, node, fact, stored = []) {
    const code = stored.filter(({ is, text: source }) => is === 'text' && source.includes('('));
    if (code.length) this.stored.set(fact.name, join(this.stored.get(fact.name) ?? [], code));
    const shown = this.inString ? { ...fact, code: null } : fact; // its nodes are those of another text
    this.emit(kind, this.site ?? node, { ...shown, from: this.origin });
  }

  /** What runs may be left out, or happens at another time. */
  maybe(action) {
    this.depth += 1;
    try {
      return action();
    } finally {
      this.depth -= 1;
    }
  }

  // -- statements

  body(nodes, scope) {
    for (const name of varNames(nodes)) if (!scope.slots.has(name)) scope.declare(name, UNDEFINED);
    this.block(nodes, scope);
  }

  block(nodes, scope) {
    for (const statement of nodes) {
      if (statement.type === 'FunctionDeclaration') scope.declare(statement.id.name, this.function(statement, scope));
      else if (statement.type === 'VariableDeclaration' && statement.kind !== 'var') {
        for (const { id } of statement.declarations) for (const name of patternNames(id)) scope.declare(name, UNDEFINED);
      }
    }
    for (const statement of nodes) this.statement(statement, scope);
  }

  statement(node, scope) {
    this.step();
    statements[node.type]?.(this, node, scope); // break, continue, empty and debugger do nothing
  }

  // -- values

  value(node, scope) {
    this.step();
    const known = expressions[node.type];
    return known ? known(this, node, scope) : UNKNOWN;
  }

  /** A name. */
  lookup(name, scope) {
    const owner = scope.owner(name);
    const value = owner.get(name);
    if (value !== undefined) return value;
    if (name === 'undefined') return UNDEFINED;
    return ROOTS.has(name) ? api(name) : UNKNOWN;
  }

  /** Binds a pattern: declares its names, or assigns to what is there. */
  bind(node, value, scope, declare) {
    switch (node.type) {
      case 'Identifier':
        if (declare) scope.declare(node.name, value);
        else {
          const owner = scope.owner(node.name);
          owner.assign(node.name, value, this.depth <= owner.frame.depth);
        }
        break;
      case 'MemberExpression':
        this.assignMember(node, value, scope);
        break;
      case 'AssignmentPattern':
        this.bind(node.left, value.length ? value : this.value(node.right, scope), scope, declare);
        break;
      case 'RestElement':
        this.bind(node.argument, value, scope, declare);
        break;
      case 'ArrayPattern':
        node.elements.forEach((element, index) => element && this.bind(element, this.member(value, text(index), node), scope, declare));
        break;
      case 'ObjectPattern':
        for (const property of node.properties) {
          if (property.type === 'RestElement') this.bind(property.argument, value, scope, declare);
          else {
            const key = property.computed ? this.value(property.key, scope) : text(property.key.name ?? property.key.value);
            this.bind(property.value, this.member(value, key, property), scope, declare);
          }
        }
        break;
      default:
    }
  }

  key(node, scope) {
    return node.computed ? this.value(node.property, scope) : text(node.property.name);
  }

  /** `value[key]`. */
  member(value, key, node) {
    const found = [];
    for (const one of value) {
      for (const { is, text: name } of key.length ? key : UNKNOWN) found.push(this.oneMember(one, is === 'text' ? name : '*', node));
    }
    return found.length === 1 ? found[0] : join(...found);
  }

  oneMember(one, name, node) {
    switch (one.is) {
      case 'api': {
        if (/^(?:globalThis|global|window)$/.test(one.path)) return this.lookup(name, this.globals);
        const read = apis.read((...fact) => this.tell(...fact), one.path, name, node);
        return read ?? this.extras.get(`${one.path}.${name}`) ?? api(`${one.path}.${name}`);
      }
      case 'object':
        if (name === '*') return join(...one.members.values(), UNKNOWN);
        for (let holder = one; holder; holder = holder.prototype) if (holder.members.has(name)) return holder.members.get(name);
        return this.loose.get(name) ?? UNDEFINED;
      case 'array':
        if (name === '*') return join(...one.items);
        if (name === 'length') return text(one.items.length);
        return Object.hasOwn(one.items, name) ? one.items[name] : this.loose.get(name) ?? UNDEFINED;
      case 'function':
        if (name === 'prototype') return [one.prototype];
        return one.members.get(name) ?? UNDEFINED;
      case 'unknown':
        return this.loose.get(name) ?? UNKNOWN;
      default:
        return UNKNOWN;
    }
  }

  assignMember(node, value, scope) {
    const target = this.value(node.object, scope);
    const key = this.key(node, scope);
    for (const one of target) {
      for (const { is, text: name } of key) {
        if (is !== 'text') this.callbacks([value]);
        else if (one.is === 'object' || one.is === 'function') {
          one.members.set(name, this.depth ? join(one.members.get(name) ?? [], value) : value);
        } else if (one.is === 'array') one.items[Number(name) < 200 ? Number(name) : 0] = value;
        else if (one.is === 'api' && /^(?:globalThis|global|window)$/.test(one.path)) this.globals.assign(name, value, !this.depth);
        else {
          const held = value.filter(({ is: kind }) => kind === 'function' || kind === 'object');
          if (one.is === 'api') {
            apis.assign((...fact) => this.tell(...fact), `${one.path}.${name}`, value, node);
            this.extras.set(`${one.path}.${name}`, value);
          }
          if (held.length) this.loose.set(name, join(this.loose.get(name) ?? [], held));
        }
      }
    }
  }

  // -- functions

  function(node, scope, self = null) {
    const { script, inString } = this;
    const code = inString ? null : () => this.sources[script].slice(node.start, node.end);
    return [{
      is: 'function', node, scope, self, script, code, members: new Map(), prototype: object()[0],
    }];
  }

  /** Calls every function that a value may be. */
  invokeAll(callee, args, self = []) {
    const found = callee.filter(({ is }) => is === 'function').map((one) => this.invoke(one, args, self));
    return found.length ? join(...found) : UNKNOWN;
  }

  invoke(one, args, self) {
    const { node } = one;
    if (!node) return one.base ? this.invoke(one.base, args, self) : UNKNOWN;
    if (this.calls.length > DEPTH || this.calls.filter((other) => other === node).length > 1) return UNKNOWN;
    const { site, origin, depth } = this;
    const frame = { self: node.type === 'ArrowFunctionExpression' ? one.scope.frame.self : one.self ?? self, returns: [], depth };
    const scope = new Scope(one.scope, frame);
    if (node.id && node.type === 'FunctionExpression') scope.declare(node.id.name, [one]);
    this.calls.push(node);
    // facts of a function that another script left stand where this script calls it
    if (one.script !== this.script && !site) {
      this.site = this.caller;
      this.origin = one.script;
    }
    try {
      const given = (index) => (args.rest === REST ? UNKNOWN : args[index] ?? UNDEFINED);
      if (node.type !== 'ArrowFunctionExpression') scope.declare('arguments', args.rest === REST ? UNKNOWN : array([...args]));
      node.params.forEach((param, index) => {
        const rest = param.type === 'RestElement';
        const value = args.rest === REST ? UNKNOWN : array(args.slice(index));
        this.bind(rest ? param.argument : param, rest ? value : given(index), scope, true);
      });
      if (node.body.type !== 'BlockStatement') return this.value(node.body, scope);
      this.body(node.body.body, scope);
      return frame.returns.length ? join(...frame.returns) : UNDEFINED;
    } finally {
      this.calls.pop();
      Object.assign(this, { site, origin });
    }
  }

  /** Functions that are handed over are called by whoever gets them, with arguments that nobody knows. */
  callbacks(args) {
    this.maybe(() => {
      for (const value of args) for (const one of functions(value)) this.invoke(one, Object.assign([], { rest: REST }), UNKNOWN);
    });
  }

  /** Calls a function or method. `receiver` is what the method belongs to. */
  apply(callee, args, node, receiver = []) {
    const before = this.caller;
    if (!this.calls.length || !this.caller) this.caller = node;
    try {
      const results = callee.map((one) => {
        if (one.is === 'function') return this.invoke(one, args, receiver);
        if (one.is === 'api') return this.applyApi(one.path, args, node, receiver);
        this.callbacks(args);
        return UNKNOWN;
      });
      if (!results.length) this.callbacks(args);
      return results.length === 1 ? results[0] : results.length ? join(...results) : UNKNOWN;
    } finally {
      this.caller = before;
    }
  }

  applyApi(path, args, node) {
    const [, inner, borrowed] = /^(.*)\.(bind|call|apply)$/.exec(path) ?? [];
    if (borrowed === 'bind' && args.length < 2) return api(inner);
    if (borrowed === 'call') return this.applyApi(inner, args.slice(1), node);
    if (borrowed === 'apply') {
      const list = (args[1] ?? []).find(({ is }) => is === 'array');
      return this.applyApi(inner, list ? list.items : [UNKNOWN], node);
    }
    if (path === 'eval' || path === 'Function') return this.code(args[args.length - 1] ?? [], this.globals, node);
    const known = apis.call((...fact) => this.tell(...fact), path, args, node);
    if (known === null) {
      const made = builtin(path, args, (callee, given) => this.invokeAll(callee, given));
      if (made) return made;
    }
    this.callbacks(args);
    const name = path.slice(path.lastIndexOf('.') + 1);
    if (known === null && this.loose.has(name)) return this.invokeAll(this.loose.get(name), args, api(path.slice(0, -name.length - 1)));
    return known ?? UNKNOWN;
  }

  /** A method call on one possible receiver. */
  method(one, name, args, node) {
    if (one.is === 'text') return textMethod(one, name, args) ?? this.apply(this.loose.get(name) ?? UNKNOWN, args, node, [one]);
    if (one.is === 'array') {
      const made = arrayMethod(one, name, args, (callee, given) => this.maybe(() => this.invokeAll(callee, given)));
      if (made) return made;
    }
    if (one.is === 'function') {
      if (name === 'call') return this.invoke(one, args.slice(1), args[0] ?? []);
      if (name === 'bind') return [{ ...one, self: args[0] ?? null }];
      if (name === 'apply') {
        const list = (args[1] ?? []).find(({ is }) => is === 'array');
        return this.invoke(one, list ? list.items : Object.assign([], { rest: REST }), args[0] ?? []);
      }
      if (name === 'toString') return concat([[one]]);
    }
    if (one.is === 'api' && name === 'hasOwnProperty') {
      this.member([one], args[0] ?? [], node);
      return UNKNOWN;
    }
    return this.apply(this.oneMember(one, name, node), args, node, [one]);
  }

  /** Code that is a string, perhaps from a variable: what is known of it runs, what is not is a fact by itself. */
  code(value, scope, node) {
    const results = [];
    for (const one of value) {
      const texts = one.is === 'unknown' ? this.stored.get(one.variable) ?? [] : [one];
      const programs = texts.map((known) => (known.is === 'text' ? this.parse(known.text) : null));
      const ran = programs.map((program) => program && this.program(program, scope, node));
      if (ran.length && ran.every(Boolean)) results.push(...ran);
      else if (node) this.tell('eval', node, { name: one.variable ?? '*', scope: null, code: node });
    }
    return results.length ? join(...results) : UNKNOWN;
  }

  /** Runs code that was a string; its value is that of its last statement. Null if it is too large to be followed. */
  program({ body }, scope, node) {
    const { site, inString, steps } = this;
    Object.assign(this, { site: site ?? node, inString: true, steps: Math.floor(steps / 2) });
    const inner = new Scope(scope, { self: [], returns: [], depth: this.depth });
    const last = body.at(-1)?.type === 'ExpressionStatement' ? body.at(-1).expression : null;
    try {
      this.body(last ? body.slice(0, -1) : body, inner);
      const result = last ? this.value(last, inner) : UNKNOWN;
      for (const [name, known] of inner.slots) this.globals.assign(name, known, !this.depth);
      return result;
    } catch (error) {
      if (error instanceof Exhausted && steps > 2) return null;
      throw error;
    } finally {
      Object.assign(this, { site, inString, steps: Math.ceil(steps / 2) });
    }
  }
}

export { Interpreter };
