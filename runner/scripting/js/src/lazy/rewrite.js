// Finds the async functions of a script and has their promises watched (see rejections.js). Only text without line
// breaks is inserted, so that the lines in error messages stay those of the script.
import { parse } from 'acorn';

const OPTIONS = {
  ecmaVersion: 'latest', sourceType: 'script', allowAwaitOutsideFunction: true, allowReturnOutsideFunction: true,
  allowHashBang: true,
};
// several insertions at one place: what ends there first, then statements, then what begins there
const END = 0;
const STATEMENT = 1;
const START = 2;

const isAsync = (node) => node.async && !node.generator;
const isMethod = (parent, key) => key === 'value' && (parent.type === 'MethodDefinition' || parent.method === true);

/** The name that JavaScript gives to a function without one, from where it stands. */
function givenName(parent, key) {
  let target;
  if (parent.type === 'VariableDeclarator' && key === 'init') target = parent.id;
  else if ((parent.type === 'AssignmentExpression' || parent.type === 'AssignmentPattern') && key === 'right') {
    target = parent.left;
  } else if ((parent.type === 'Property' || parent.type === 'PropertyDefinition') && key === 'value' && !parent.computed) {
    target = parent.key;
  }
  return target && target.type === 'Identifier' ? target.name : null;
}

class Rewriter {
  edits = [];
  calls = [];
  asyncMethods = false;

  constructor(watch) {
    this.watch = watch;
  }

  insert(at, order, text) {
    this.edits.push({ at, order, text });
  }

  // async declarations are hoisted, so they are wrapped where their block begins, after its directives
  block(statements, end, parent, key) {
    const names = [];
    for (const statement of statements) {
      if (statement.type === 'FunctionDeclaration' && isAsync(statement)) names.push(statement.id.name);
      this.visit(statement, parent, key);
    }
    const first = statements.find((statement) => !statement.directive);
    const text = names.map((name) => `${name}=${this.watch}(${name});`).join('');
    if (text) this.insert(first ? first.start : end, STATEMENT, text);
  }

  visit(node, parent, key) {
    if (node.type === 'BlockStatement' || node.type === 'StaticBlock') {
      this.block(node.body, node.end - 1, node, 'body');
      return;
    }
    if ((node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression') && isAsync(node)) {
      if (isMethod(parent, key)) this.asyncMethods = true;
      else {
        const name = node.id ? null : givenName(parent, key);
        this.insert(node.start, START, `${this.watch}(`);
        this.insert(node.end, END, name ? `,${JSON.stringify(name)})` : ')');
      }
    }
    if (node.type === 'ExpressionStatement' && node.expression.type === 'CallExpression') this.calls.push(node.expression);
    for (const name of Object.keys(node)) {
      const child = node[name];
      if (Array.isArray(child)) for (const item of child) item && item.type && this.visit(item, node, name);
      else if (child && typeof child.type === 'string') this.visit(child, node, name);
    }
  }

  apply(code) {
    // the promise of an async method can be watched only where it is called; one that nobody takes matters
    if (this.asyncMethods) {
      for (const { start, end, callee } of this.calls) {
        if (callee.type === 'Super') continue;
        this.insert(start, START, `${this.watch}.floating(`);
        this.insert(end, END, ')');
      }
    }
    // outer functions begin before inner ones and end after them: a stable sort keeps that
    this.edits.sort((a, b) => a.at - b.at || a.order - b.order);
    let out = '';
    let last = 0;
    for (const { at, text } of this.edits) {
      out += code.slice(last, at) + text;
      last = at;
    }
    return out + code.slice(last);
  }
}

/** The script with its async functions wrapped in calls of `watch`, or the script itself if it does not parse. */
function rewrite(code, watch) {
  let program;
  try {
    program = parse(code, OPTIONS);
  } catch {
    return code; // V8 will say what is wrong with it
  }
  const rewriter = new Rewriter(watch);
  rewriter.block(program.body, program.end, program, 'body');
  return rewriter.apply(code);
}

/** Where a script stops being JavaScript: `{line, column}`, or null if it does not. */
function syntaxError(code) {
  try {
    parse(code, OPTIONS);
    return null;
  } catch (error) {
    return error.loc ? { line: error.loc.line, column: error.loc.column + 1 } : null;
  }
}

export { rewrite, syntaxError };
