// What each kind of statement does: `statements[type](interpreter, node, scope)`.
import { declareClass } from './classes.js';
import { Scope } from './scope.js';
import {
  UNDEFINED, UNKNOWN, entries, text,
} from './values.js';

const FEW = 40; // rounds of a counted loop that are told apart

const inside = (scope) => new Scope(scope, scope.frame);

function declaration(run, node, scope) {
  for (const { id, init } of node.declarations) {
    if (node.kind === 'var') {
      if (init) run.bind(id, run.value(init, scope), scope, false);
    } else run.bind(id, init ? run.value(init, scope) : UNDEFINED, scope, true);
  }
}

/** `for (... of ...)`: once for each value, if they are known, with what is known of it. */
function each(run, node, scope, rounds) {
  for (const round of rounds || [UNKNOWN, UNKNOWN]) {
    const inner = inside(scope);
    const { left } = node;
    if (left.type === 'VariableDeclaration') run.bind(left.declarations[0].id, round, inner, left.kind !== 'var');
    else run.bind(left, round, inner, false);
    run.statement(node.body, inner);
  }
}

/** The values of the counter of `for (let i = 0; i < 3; i++)`, if they are few and can be told. */
function counter(run, { init, test, update }, scope) {
  const [declared] = init?.type === 'VariableDeclaration' ? init.declarations : [];
  if (declared?.id.type !== 'Identifier' || update?.type !== 'UpdateExpression' || update.operator !== '++') return null;
  if (test?.type !== 'BinaryExpression' || test.left.name !== declared.id.name || !/^<=?$/.test(test.operator)) return null;
  const { name } = declared.id;
  const [from, to] = [scope.owner(name).get(name), run.value(test.right, scope)].map((value) => (
    value?.length === 1 && value[0].number ? Number(value[0].text) : NaN));
  const last = test.operator === '<' ? to - 1 : to;
  if (!(last - from < FEW)) return null;
  const values = [];
  for (let at = from; at <= last; at++) values.push(...text(at));
  return { name, values };
}

function loop(run, node, outer) {
  const scope = inside(outer);
  if (node.init?.type === 'VariableDeclaration') declaration(run, node.init, scope);
  else if (node.init) run.value(node.init, scope);
  const counted = counter(run, node, scope);
  if (counted) scope.owner(counted.name).assign(counted.name, counted.values, true);
  for (let round = 0; round < 2; round++) {
    if (node.test) run.value(node.test, scope);
    run.statement(node.body, scope);
    if (node.update && !counted) run.value(node.update, scope);
  }
}

const maybeLoop = (run, node, scope) => run.maybe(() => loop(run, node, scope));

const statements = {
  ExpressionStatement: (run, node, scope) => run.value(node.expression, scope),
  VariableDeclaration: declaration,
  BlockStatement: (run, node, scope) => run.block(node.body, inside(scope)),
  IfStatement: (run, node, scope) => {
    run.value(node.test, scope);
    run.maybe(() => {
      run.statement(node.consequent, scope);
      if (node.alternate) run.statement(node.alternate, scope);
    });
  },
  ReturnStatement: (run, node, scope) => {
    if (node.argument) scope.frame.returns.push(run.value(node.argument, scope));
  },
  ThrowStatement: (run, node, scope) => run.value(node.argument, scope),
  TryStatement: (run, node, scope) => {
    run.block(node.block.body, inside(scope));
    if (node.handler) {
      run.maybe(() => {
        const inner = inside(scope);
        if (node.handler.param) run.bind(node.handler.param, UNKNOWN, inner, true);
        run.block(node.handler.body.body, inner);
      });
    }
    if (node.finalizer) run.block(node.finalizer.body, inside(scope));
  },
  SwitchStatement: (run, node, scope) => {
    run.value(node.discriminant, scope);
    run.maybe(() => {
      const inner = inside(scope);
      for (const { test } of node.cases) if (test) run.value(test, inner);
      run.block(node.cases.flatMap(({ consequent }) => consequent), inner);
    });
  },
  ForStatement: maybeLoop,
  WhileStatement: maybeLoop,
  DoWhileStatement: maybeLoop,
  ForOfStatement: (run, node, scope) => {
    const over = run.value(node.right, scope);
    const known = over.length && over.every(({ is }) => is === 'array');
    run.maybe(() => each(run, node, scope, known && over.flatMap(({ items }) => items)));
  },
  ForInStatement: (run, node, scope) => {
    const rows = entries(run.value(node.right, scope));
    run.maybe(() => each(run, node, scope, rows?.map(([key]) => key)));
  },
  LabeledStatement: (run, node, scope) => run.statement(node.body, scope),
  WithStatement: (run, node, scope) => {
    run.value(node.object, scope);
    run.statement(node.body, scope);
  },
  ClassDeclaration: (run, node, scope) => scope.declare(node.id.name, declareClass(run, node, scope)),
};

export { statements };
