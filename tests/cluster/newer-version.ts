// The program as its next version may be, for tests: it speaks one more protocol of nodes, and adds a column that those
// before it know nothing of. Loaded before the program's own source (`bun --preload`).

import { plugin } from "bun";

const newer_version = "999.0.0";
const newer_migration = {
  tag: "9999_newer",
  sql: "-- additive: may be null\nALTER TABLE users ADD COLUMN newer text;",
};

const changes: [filter: RegExp, change: (source: string) => string][] = [
  [
    /src\/db\/migrations\/index\.ts$/,
    (source) => `${source}\n(migrations as Migration[]).push(${JSON.stringify(newer_migration)});`,
  ],
  [
    /src\/cluster\/membership\/description\.ts$/,
    (source) => source.replace(/(node_protocol = )(\d+)/, (_, name, protocol) => `${name}${Number(protocol) + 1}`),
  ],
  [/src\/main\.ts$/, (source) => source.replace(/^import \{ version \}.*$/m, `const version = "${newer_version}";`)],
];

plugin({
  name: "a newer version",
  setup(build) {
    for (const [filter, change] of changes) {
      build.onLoad({ filter }, async ({ path }) => ({ contents: change(await Bun.file(path).text()), loader: "ts" }));
    }
  },
});
