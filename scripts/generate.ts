// Writes the files that are made from others, or with --check only says which are out of date.
// A generator is a pure reading of the sources: it answers a path and a content, and writes nothing itself.

import { join } from "node:path";
import { readArguments } from "./arguments.ts";
import { renderAsyncapi } from "./generate-asyncapi.ts";
import { renderEmoji } from "./generate-emoji.ts";
import { renderMigrationsIndex } from "./generate-migrations.ts";
import { renderOpenapi } from "./generate-openapi.ts";
import { renderOperatorsReference } from "./generate-operators.ts";
import { renderProtocolReference } from "./generate-protocol.ts";
import { root } from "./steps.ts";

const values = readArguments("scripts/generate.ts", { check: { type: "boolean", default: false } });

let stale = 0;
const references = [renderProtocolReference(), renderOperatorsReference(), renderOpenapi(), renderAsyncapi()];
const rendered = [renderMigrationsIndex(), renderEmoji(), ...references];
for (const { path, content } of await Promise.all(rendered)) {
  const file = Bun.file(join(root, path));
  const fresh = (await file.exists()) && (await file.text()) === content;
  if (fresh) continue;
  stale += 1;
  if (!values.check) await file.write(content);
  console.log(values.check ? `${path} is out of date: run \`bun run generate\`` : `wrote ${path}`);
}
if (values.check && stale > 0) process.exit(1);
