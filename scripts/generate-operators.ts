// Writes the operators' reference from the operations' literals. Nothing in it is written by hand but the paragraphs
// between the tables.

import { type NounName, nouns, operations } from "../src/operators/catalogue.ts";
import { commonOptionsOf, optionsOf, placedOf } from "../src/operators/doors/command-words.ts";
import type { OperationLiteral } from "../src/operators/operation.ts";
import { type FieldShape, fieldsIn, kindOf } from "../src/operators/texts.ts";
import { notation } from "./generate-protocol.ts";

const PATH = "docs/operators.md";
const all: readonly OperationLiteral[] = operations;

export function renderOperatorsReference(): { path: string; content: string } {
  const sections = (Object.keys(nouns) as NounName[]).map((noun) => {
    const own = all.filter(({ name }) => name.startsWith(`${noun}.`));
    return `## ${noun}: ${nouns[noun]}\n\n${own.map(section).join("\n\n")}`;
  });
  return { path: PATH, content: `${head}\n${sections.join("\n\n")}\n` };
}

const head = `# What operators do

Made by scripts/generate.ts from src/operators; must not be edited by hand.

An operation is done at the machine, by \`orchard <noun> <verb>\`, or over HTTP by an administrator. The command asks the
server that runs, by its socket (\`ORCHARD_SOCKET\`); where none runs and the database is a file, it opens that itself.
\`WHO\` is a name or \`id:123\`. \`--json\` prints one document, that of the HTTP reply. A command ends with 0 when it is done,
with 1 and a sentence when it is refused, and with 2 when it isn't understood. Passwords are never arguments: they are
asked for on a terminal, and with \`--password-stdin\` read as one line.

The calls lie below \`/api/v1\` and want an administrator's token; to all others they are \`404 unknown_type\`, as a call that
there isn't. What destroys or gives rights wants \`password\` as well, the administrator's own. Administrators do nothing to
each other. What changes something leaves an entry in the log that \`orchard audit\` shows.
`;

function section(operation: OperationLiteral): string {
  const { name, doc, http, errors, output } = operation;
  const lines = [`### ${name}`, "", doc, ""];
  const command = commandOf(operation);
  if (command) lines.push(`- Command: \`${command}\``);
  lines.push(http ? `- Call: \`${http.method} ${http.path}\`${asks(operation)}` : "- Call: none");
  const fields = fieldsIn(operation.input);
  for (const [field, shape] of fields) lines.push(`- \`${field}\`: ${describe(operation, field, shape)}`);
  lines.push(`- Answers \`${notation(output)}\``);
  if (errors.length > 0) lines.push(`- Refused with ${errors.map((code) => `\`${code}\``).join(", ")}`);
  return lines.join("\n");
}

function commandOf(operation: OperationLiteral): string | null {
  if (operation.command === null) return null;
  const words = operation.command
    .split(" ")
    .slice(0, 2)
    .filter((word) => word === word.toLowerCase());
  const placed = placedOf(operation).map(({ word }) => `<${word}>`);
  const options = [...optionsOf(operation), ...commonOptionsOf(operation)].map(({ flags }) => `[${flags}]`);
  return ["orchard", ...words, ...placed, ...options].join(" ");
}

function asks({ destroys, gives_rights, http }: OperationLiteral): string {
  const status = http?.status ? `, answered with ${http.status}` : "";
  if (destroys || gives_rights === true) return `${status}, wants \`password\``;
  return gives_rights ? `${status}, wants \`password\` where it sets \`${gives_rights}\`` : status;
}

function describe({ input, secret }: OperationLiteral, field: string, shape: FieldShape): string {
  const required = (input.required as readonly string[] | undefined)?.includes(field);
  const words = [
    kindOf(shape),
    ...(required ? [] : ["may be absent"]),
    ...(shape.description ? [shape.description] : []),
  ];
  if (secret?.field === field) words.push("only at the machine, hidden");
  return words.join("; ");
}
