// What a script says, read off its syntax tree without following values: the parts of Postman's API that it names, with
// their places, and the names that it has from elsewhere. For checks that must be certain rather than complete.
const ROOTS = new Set([
  'pm', 'postman', 'tests', 'environment', 'globals', 'data', 'request', 'iteration', 'responseBody', 'responseCode', 'responseHeaders',
  'responseTime', 'responseCookies', 'xml2Json', 'tv4', 'CryptoJS', 'cheerio', '_', 'Backbone', 'eval', 'Function', 'require',
]);
// what is there before any script runs, besides what V8 has
const GIVEN = new Set([
  ...ROOTS, 'console', 'setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'clearImmediate', 'atob', 'btoa',
  'Buffer', 'Blob', 'File', 'URL', 'URLSearchParams', 'TextEncoder', 'TextDecoder', 'AbortController', 'AbortSignal', 'Event',
  'EventTarget', 'structuredClone', 'queueMicrotask', 'crypto', 'Crypto', 'CryptoKey', 'SubtleCrypto', 'DOMException', 'arguments',
  'undefined', 'global', 'window', 'globalThis', 'process',
]);
const FUNCTION = /Function/;
const SKIPPED = new Set(['loc', 'start', 'end', 'type']);

function* children(node) {
  for (const key of Object.keys(node)) {
    if (SKIPPED.has(key)) continue;
    const value = node[key];
    for (const child of Array.isArray(value) ? value : [value]) if (child && typeof child.type === 'string') yield [key, child];
  }
}

/** The names that are declared anywhere in a script: they hide what else is called so. */
function declared(program) {
  const names = new Set();
  const pattern = (node) => {
    if (!node) return;
    if (node.type === 'Identifier') names.add(node.name);
    else if (node.type === 'ObjectPattern') node.properties.forEach(({ value, argument }) => pattern(value ?? argument));
    else if (node.type === 'ArrayPattern') node.elements.forEach(pattern);
    else if (node.type === 'AssignmentPattern') pattern(node.left);
    else if (node.type === 'RestElement') pattern(node.argument);
  };
  const visit = (node) => {
    if (node.type === 'VariableDeclarator') pattern(node.id);
    else if (FUNCTION.test(node.type) || /^Class/.test(node.type)) {
      if (node.id) pattern(node.id);
      node.params?.forEach(pattern);
    } else if (node.type === 'CatchClause') pattern(node.param);
    else if (node.type === 'AssignmentExpression' && node.left.type === 'Identifier') pattern(node.left);
    for (const [, child] of children(node)) visit(child);
  };
  visit(program);
  return names;
}

const place = ({ loc: { start } }) => [start.line, start.column + 1];

/** `pm.expect(a).to.eql(1)` as names and calls, from the left; null if it does not begin with a name. */
function chain(node) {
  const steps = [];
  let at = node;
  let optional = false;
  for (;;) {
    if (at.type === 'ChainExpression') at = at.expression;
    else if (at.type === 'CallExpression') {
      steps.unshift({ name: '()', at: place(at), call: at });
      optional ||= at.optional;
      at = at.callee;
    } else if (at.type === 'MemberExpression') {
      const { property, computed } = at;
      const name = !computed ? property.name ?? null : property.type === 'Literal' ? String(property.value) : null;
      steps.unshift({ name, at: place(property), computed });
      optional ||= at.optional;
      at = at.object;
    } else break;
  }
  if (at.type !== 'Identifier') return null;
  return { root: at, steps, optional };
}

function argument(node) {
  if (!node) return { kind: 'none' };
  if (node.type === 'Literal' && node.value === null && !node.regex) return { kind: 'null' };
  if (node.type === 'Literal' && typeof node.value === 'string') return { kind: 'text', value: node.value };
  if (node.type === 'TemplateLiteral' && !node.expressions.length) return { kind: 'text', value: node.quasis[0].value.cooked };
  return { kind: 'other' };
}

/** Whether a statement may end the script before what follows it: a return or throw outside of inner functions. */
function mayEnd(node) {
  if (node.type === 'ReturnStatement' || node.type === 'ThrowStatement') return true;
  if (FUNCTION.test(node.type)) return false;
  for (const [, child] of children(node)) if (mayEnd(child)) return true;
  return false;
}

function mentionsOf(program) {
  const own = declared(program);
  const found = [];
  const assigned = [];
  const strings = [];
  const free = new Set();

  const tell = (node, { root, steps, optional }, context) => {
    const calls = steps.filter(({ call }) => call);
    found.push({
      path: [root.name, ...steps.map(({ name }) => name)],
      at: [place(root), ...steps.map(({ at }) => at)],
      argument: calls.length ? argument(calls.at(-1).call.arguments[0]) : null,
      guarded: optional || context.guarded || context.tried,
      statement: context.statement,
      inside: context.inside,
      always: context.always,
    });
  };

  /** `context`: guarded: asked whether it is there; tried: what it throws is caught; statement: its value is
   *  dropped; inside: of a function; always: it runs whenever the script does. */
  const visit = (node, context) => {
    if (node.type === 'CallExpression' || node.type === 'MemberExpression' || node.type === 'ChainExpression') {
      const made = chain(node);
      if (made) {
        if (ROOTS.has(made.root.name) && !own.has(made.root.name)) tell(node, made, context);
        else visit(made.root, plain(context));
        for (const { call } of made.steps) call?.arguments.forEach((one) => visit(one, plain(context)));
        computedParts(node, context);
        return;
      }
    } else if (node.type === 'Identifier') {
      if (own.has(node.name)) return;
      if (ROOTS.has(node.name)) tell(node, { root: node, steps: [] }, context);
      else if (!GIVEN.has(node.name) && !(node.name in globalThis)) free.add(node.name);
      return;
    } else if (node.type === 'Literal' && typeof node.value === 'string') {
      strings.push([node.value, ...place(node)]);
      return;
    } else if (node.type === 'TemplateLiteral') {
      for (const quasi of node.quasis) strings.push([quasi.value.cooked ?? '', ...place(quasi)]);
    }
    if (node.type === 'AssignmentExpression') {
      const made = node.left.type === 'MemberExpression' ? chain(node.left) : null;
      if (made && ROOTS.has(made.root.name) && !own.has(made.root.name)) {
        assigned.push([made.root.name, ...made.steps.map(({ name }) => name)]);
      }
    }
    for (const [key, child] of children(node)) {
      if (isName(node, key)) continue;
      visit(child, contextOf(node, key, child, context));
    }
  };

  /** The expressions in `a[b].c`, which are values of their own. */
  const computedParts = (node, context) => {
    let at = node;
    while (at) {
      if (at.type === 'MemberExpression' && at.computed) visit(at.property, plain(context));
      at = at.type === 'ChainExpression' ? at.expression : at.callee ?? at.object;
    }
  };

  let ends = false;
  for (const statement of program.body) {
    const always = !ends && statement.type === 'ExpressionStatement';
    visit(statement, {
      guarded: false, tried: false, statement: false, inside: false, always,
    });
    ends ||= mayEnd(statement);
  }
  const hidden = [...own].filter((name) => ROOTS.has(name));
  return {
    mentions: found, assigned, free: [...free], hidden, strings,
  };
}

const plain = (context) => ({ ...context, guarded: false, statement: false, always: false });

/** Names that are no references: keys of objects, labels, what a property is called. */
function isName(node, key) {
  if (node.type === 'Property') return key === 'key' && !node.computed;
  if (node.type === 'MethodDefinition' || node.type === 'PropertyDefinition') return key === 'key' && !node.computed;
  return /^(?:Labeled|Break|Continue)Statement$/.test(node.type) && key === 'label';
}

const TESTS = /^(?:If|While|DoWhile|Conditional|For)(?:Statement|Expression)$/;

function contextOf(node, key, child, context) {
  const inside = context.inside || FUNCTION.test(node.type);
  const guarded = (context.guarded && node.type !== 'BlockStatement') || (node.type === 'UnaryExpression' && /^(?:typeof|!)$/.test(node.operator))
    || node.type === 'LogicalExpression' || (TESTS.test(node.type) && key === 'test')
    || (node.type === 'BinaryExpression' && /^(?:[!=]==?|in|instanceof)$/.test(node.operator));
  return {
    guarded,
    tried: context.tried || (node.type === 'TryStatement' && key === 'block'),
    inside,
    statement: node.type === 'ExpressionStatement',
    always: context.always && node.type === 'ExpressionStatement',
  };
}

export { mentionsOf };
