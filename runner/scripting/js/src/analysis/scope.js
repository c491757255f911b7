// Names and what they may stand for. A slot is overwritten where the assignment surely runs, else it gains alternatives.
import { join } from './values.js';

/** A function body or block. `frame` is what belongs to one call: {self, returns, depth}. */
class Scope {
  slots = new Map();

  constructor(parent, frame) {
    this.parent = parent;
    this.frame = frame;
  }

  declare(name, value) {
    this.slots.set(name, value);
  }

  /** The scope that knows the name; the globals if none does. */
  owner(name) {
    let scope = this;
    while (scope.parent && !scope.slots.has(name)) scope = scope.parent;
    return scope;
  }

  get(name) {
    return this.slots.get(name);
  }

  assign(name, value, sure) {
    this.slots.set(name, sure ? value : join(this.slots.get(name) ?? [], value));
  }
}

/** Names that were assigned without a declaration. The sandbox keeps them, so one script may use what another left. */
class Globals extends Scope {
  left = new Map(); // by the scripts before

  constructor() {
    super(null, { self: [], returns: [], depth: 0 });
  }

  get(name) {
    return this.slots.get(name) ?? this.left.get(name);
  }

  assign(name, value, sure) {
    this.slots.set(name, sure ? value : join(this.get(name) ?? [], value));
  }

  /** Ends a script. */
  leave() {
    for (const [name, value] of this.slots) this.left.set(name, join(this.left.get(name) ?? [], value));
    this.slots = new Map();
  }
}

/** The names that `var` declares in a function body, whatever block they stand in. */
function varNames(node, found = new Set()) {
  if (Array.isArray(node)) {
    for (const item of node) varNames(item, found);
  } else if (node && typeof node.type === 'string' && !/Function|Class/.test(node.type)) {
    if (node.type === 'VariableDeclaration' && node.kind === 'var') {
      for (const { id } of node.declarations) patternNames(id, found);
    }
    for (const key of Object.keys(node)) if (node[key] && typeof node[key] === 'object' && key !== 'loc') varNames(node[key], found);
  }
  return found;
}

/** The names that a pattern binds. */
function patternNames(node, found = new Set()) {
  if (!node) return found;
  if (node.type === 'Identifier') found.add(node.name);
  else if (node.type === 'ObjectPattern') for (const property of node.properties) patternNames(property.value ?? property.argument, found);
  else if (node.type === 'ArrayPattern') for (const element of node.elements) patternNames(element, found);
  else patternNames(node.left ?? node.argument, found);
  return found;
}

export {
  Globals, Scope, patternNames, varNames,
};
