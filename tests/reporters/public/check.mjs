// Validates a report: node check.mjs KIND FILE. Prints what is wrong with it, as JSON; nothing if nothing is.
import { readFileSync } from 'node:fs';
import Ajv from 'ajv';
import { validate } from 'ctrf';
import harSchemas from 'har-schema';
import { Parser } from 'tap-parser';

const [kind, file] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');

function har() {
  const ajv = new Ajv({ strict: false, validateFormats: false, validateSchema: false });
  for (const schema of Object.values(harSchemas)) ajv.addSchema({ ...schema, $schema: undefined });
  return ajv.validate('har.json#', JSON.parse(text)) ? [] : ajv.errors;
}

function tap() {
  const problems = [];
  const failed = [];
  const parser = new Parser({ strict: true }, (result) => {
    if (result.plan.end !== result.count) problems.push(`${result.count} results, planned are ${result.plan.end}`);
    for (const { tapError } of result.failures) if (tapError) problems.push(tapError);
  });
  parser.on('assert', (one) => { if (!one.ok) failed.push(one.name); });
  parser.end(text);
  console.error(JSON.stringify(failed));
  return problems;
}

const found = { har, tap, ctrf: () => validate(JSON.parse(text)).errors }[kind]();
if (found.length) console.log(JSON.stringify(found));
