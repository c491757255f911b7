// The value of each kind of expression: `expressions[type](interpreter, node, scope)`.
import { construct, declareClass } from './classes.js';
import {
  UNDEFINED, UNKNOWN, array, concat, join, object, text,
} from './values.js';

/** Arguments, with spread arrays taken apart. */
function list(run, nodes, scope) {
  const values = [];
  for (const node of nodes) {
    if (!node) values.push(UNDEFINED);
    else if (node.type === 'SpreadElement') {
      const spread = run.value(node.argument, scope);
      const known = spread.find(({ is }) => is === 'array');
      values.push(...(known ? known.items : [UNKNOWN]));
    } else values.push(run.value(node, scope));
  }
  return values;
}

function call(run, node, scope) {
  const { callee } = node;
  if (callee.type === 'Super') {
    const { self } = scope.frame;
    const made = list(run, node.arguments, scope);
    const base = self.find(({ is }) => is === 'object')?.prototype?.prototype;
    const parent = base?.members.get('constructor');
    return parent ? run.apply(parent, made, node, self) : UNKNOWN;
  }
  const target = callee.type === 'ChainExpression' ? callee.expression : callee;
  if (target.type !== 'MemberExpression') {
    const value = run.value(target, scope);
    return run.apply(value, list(run, node.arguments, scope), node);
  }
  const receiver = target.object.type === 'Super' ? scope.frame.self : run.value(target.object, scope);
  const key = run.key(target, scope);
  const args = list(run, node.arguments, scope);
  const results = [];
  for (const one of receiver) {
    for (const name of key.length ? key : UNKNOWN) results.push(run.method(one, name.is === 'text' ? name.text : '*', args, node));
  }
  if (!results.length) run.callbacks(args);
  return results.length === 1 ? results[0] : results.length ? join(...results) : UNKNOWN;
}

function members(run, node, scope) {
  const [made] = object();
  for (const property of node.properties) {
    if (property.type === 'SpreadElement') {
      for (const one of run.value(property.argument, scope)) if (one.is === 'object') for (const [key, value] of one.members) made.members.set(key, value);
    } else {
      const keys = property.computed ? run.value(property.key, scope) : text(property.key.name ?? property.key.value);
      const value = run.value(property.value, scope);
      for (const key of keys) made.members.set(key.is === 'text' ? key.text : '*', value);
    }
  }
  return [made];
}

function sum(left, right) {
  const [a, b] = [left, right].map((value) => (value.length === 1 && value[0].is === 'text' && value[0].number ? Number(value[0].text) : NaN));
  return Number.isNaN(a + b) ? concat([left, right]) : text(a + b);
}

function assignment(run, node, scope) {
  const right = run.value(node.right, scope);
  if (node.operator === '=') {
    run.bind(node.left, right, scope, false);
    return right;
  }
  const before = run.value(node.left, scope);
  let value = UNKNOWN;
  if (node.operator === '+=') value = sum(before, right);
  else if (/^(\|\||&&|\?\?)=$/.test(node.operator)) value = join(before, right);
  run.bind(node.left, value, scope, false);
  return value;
}

const unknownParts = (...keys) => (run, node, scope) => {
  for (const key of keys) if (node[key]) run.value(node[key], scope);
  return UNKNOWN;
};
const inner = (key) => (run, node, scope) => run.value(node[key], scope);

const expressions = {
  Literal: (run, node) => (node.regex || node.value === null ? UNKNOWN : text(node.value)),
  TemplateLiteral: (run, node, scope) => concat(node.quasis.flatMap(({ value }, index) => (
    index < node.expressions.length ? [text(value.cooked), run.value(node.expressions[index], scope)] : [text(value.cooked)]))),
  TaggedTemplateExpression: (run, node, scope) => {
    const args = [UNKNOWN, ...list(run, node.quasi.expressions, scope)];
    return run.apply(run.value(node.tag, scope), args, node);
  },
  Identifier: (run, node, scope) => run.lookup(node.name, scope),
  ThisExpression: (run, node, scope) => scope.frame.self,
  MemberExpression: (run, node, scope) => (node.object.type === 'Super' ? UNKNOWN
    : run.member(run.value(node.object, scope), run.key(node, scope), node)),
  ChainExpression: inner('expression'),
  AwaitExpression: inner('argument'),
  YieldExpression: unknownParts('argument'),
  CallExpression: call,
  NewExpression: (run, node, scope) => construct(run, run.value(node.callee, scope), list(run, node.arguments, scope)),
  FunctionExpression: (run, node, scope) => run.function(node, scope),
  ArrowFunctionExpression: (run, node, scope) => run.function(node, scope),
  ClassExpression: declareClass,
  ObjectExpression: members,
  ArrayExpression: (run, node, scope) => array(list(run, node.elements, scope)),
  SequenceExpression: (run, node, scope) => node.expressions.map((one) => run.value(one, scope)).at(-1),
  UnaryExpression: (run, node, scope) => {
    const value = run.value(node.argument, scope);
    return node.operator === '-' && value.length === 1 && value[0].number ? text(-Number(value[0].text)) : UNKNOWN;
  },
  UpdateExpression: (run, node, scope) => {
    run.value(node.argument, scope);
    run.bind(node.argument, UNKNOWN, scope, false);
    return UNKNOWN;
  },
  BinaryExpression: (run, node, scope) => {
    if (node.left.type === 'PrivateIdentifier') return unknownParts('right')(run, node, scope);
    const [left, right] = [run.value(node.left, scope), run.value(node.right, scope)];
    if (node.operator === 'in') run.member(right.filter(({ is }) => is === 'api'), left, node);
    return node.operator === '+' ? sum(left, right) : UNKNOWN;
  },
  LogicalExpression: (run, node, scope) => join(run.value(node.left, scope), run.maybe(() => run.value(node.right, scope))),
  ConditionalExpression: (run, node, scope) => {
    run.value(node.test, scope);
    return run.maybe(() => join(run.value(node.consequent, scope), run.value(node.alternate, scope)));
  },
  AssignmentExpression: assignment,
  ImportExpression: unknownParts('source'),
};

export { expressions };
