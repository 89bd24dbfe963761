// Validates a GraphQL schema file with graphql-js, the implementation that most clients are built on.
// Usage: npm run check-sdl -- FILE
import { readFileSync } from "node:fs";
import { buildSchema, GraphQLError, isSpecifiedScalarType, validateSchema } from "graphql";

const [file, ...rest] = process.argv.slice(2);
if (!file || rest.length > 0) {
  console.error("usage: npm run check-sdl -- FILE");
  process.exit(2);
}

try {
  // Without `assumeValid`, so that what is wrong in the text itself is found at once.
  const schema = buildSchema(readFileSync(file, "utf8"));
  const errors = validateSchema(schema);
  if (errors.length > 0) fail(errors.map(place));
  const own = Object.values(schema.getTypeMap()).filter(
    (type) => !type.name.startsWith("__") && !isSpecifiedScalarType(type),
  );
  console.log(`SDL valid: ${own.length} types`);
} catch (error) {
  fail([error instanceof GraphQLError ? place(error) : error.message]);
}

/** The message with `FILE:LINE:COLUMN` for each place that it speaks of. */
function place(error) {
  const places = (error.locations ?? []).map(({ line, column }) => `${file}:${line}:${column}`);
  return [...places, error.message].join(": ");
}

function fail(messages) {
  for (const message of messages) console.error(message);
  process.exit(1);
}
