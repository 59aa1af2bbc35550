// Renders the module that imports every migration, in order, so that they are part of the built program.
// Pure but for reading drizzle-kit's journal: run as a program it writes the file, imported it only renders.
// Must not write SQL: drizzle-kit does that from the schema.

const directory = "src/db/migrations";

interface Journal {
  entries: { idx: number; tag: string }[];
}

/** The module's path from the project's root, and its content as the formatter would leave it. */
export async function renderMigrationsIndex(): Promise<{ path: string; content: string }> {
  const journal: Journal = await Bun.file(new URL(`../${directory}/meta/_journal.json`, import.meta.url)).json();
  const tags = journal.entries.toSorted((a, b) => a.idx - b.idx).map((entry) => entry.tag);
  const content = [
    "// Every migration in the order it is applied, as text inside the program.",
    "// Made by scripts/generate-migrations.ts from drizzle-kit's journal; must not be edited by hand.",
    "",
    'import type { Migration } from "../engine/migrate.ts";',
    ...tags.map((tag) => `import ${nameOf(tag)} from "./${tag}.sql" with { type: "text" };`),
    "",
    "export const migrations: readonly Migration[] = [",
    ...tags.map((tag) => `  {\n    tag: "${tag}",\n    sql: ${nameOf(tag)},\n  },`),
    "];",
    "",
  ].join("\n");
  return { path: `${directory}/index.ts`, content };
}

function nameOf(tag: string): string {
  return `m${tag}`;
}

if (import.meta.main) {
  const { path, content } = await renderMigrationsIndex();
  await Bun.write(new URL(`../${path}`, import.meta.url), content);
}
