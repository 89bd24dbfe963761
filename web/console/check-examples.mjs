// Holds the console's example queries against a schema file, and checks that the variables of an
// example are JSON and are all declared.
// Usage: npm run check-examples -- FILE
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { buildSchema, parse, validate } from "graphql";

const [file, ...rest] = process.argv.slice(2);
if (!file || rest.length > 0) {
  console.error("usage: npm run check-examples -- FILE");
  process.exit(2);
}

const folder = join(import.meta.dirname, "examples");
const names = readdirSync(folder).sort();
const queries = names.filter((name) => name.endsWith(".graphql"));
const problems = [];

function check(schema, name) {
  const document = parse(readFileSync(join(folder, name), "utf8"));
  for (const error of validate(schema, document)) {
    problems.push(`examples/${name}:${error.locations?.[0]?.line ?? "?"}: ${error.message}`);
  }
  const variablesName = name.replace(/\.graphql$/, ".variables.json");
  if (!names.includes(variablesName)) return;
  const declared = document.definitions.flatMap((definition) => definition.variableDefinitions ?? []);
  const known = new Set(declared.map(({ variable }) => variable.name.value));
  for (const key of Object.keys(JSON.parse(readFileSync(join(folder, variablesName), "utf8")))) {
    if (!known.has(key)) problems.push(`examples/${variablesName}: no operation declares $${key}`);
  }
}

try {
  if (queries.length === 0) throw new Error(`no example in ${folder}`);
  const schema = buildSchema(readFileSync(file, "utf8"));
  for (const name of queries) check(schema, name);
} catch (error) {
  problems.push(error.message);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exit(1);
console.log(`examples valid: ${queries.length}`);
