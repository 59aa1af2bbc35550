// The import direction and the one reader of the environment, as biome.json holds them: in a tree of files that
// import everything, exactly what a place may not import is reported.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

const root = join(import.meta.dir, "../..");
const runtime = ["bun", "node:fs"];
const database = ["drizzle-orm", "drizzle-orm/libsql", "libsql", "@libsql/client", "@libsql/hrana-client"];
const web = ["elysia", "elysia/ws"];
const anyone = [...runtime, "pino", "typebox"];

/** What the code of a folder may import: folders or single files of ours, and packages. */
const folders: Record<string, string[]> = {
  accounts: ["accounts/", "actors/", "db/", "domain/", "protocol/", "telemetry/", "clock.ts", ...anyone],
  actors: ["actors/", "db/", "domain/", "protocol/", "telemetry/", "clock.ts", ...anyone],
  client: ["client/", "protocol/"],
  cluster: ["actors/", "cluster/", "db/", "domain/", "protocol/", "clock.ts", ...anyone],
  db: ["db/", "domain/", "protocol/", "clock.ts", ...anyone, ...database],
  domain: ["domain/"],
  operators: [
    ...["accounts/", "actors/", "db/", "domain/", "operators/", "protocol/", "routes/", "telemetry/", "uploads/"],
    "clock.ts",
    ...anyone,
  ],
  protocol: ["domain/", "protocol/", "typebox"],
  routes: [
    "accounts/",
    "actors/",
    "domain/",
    "protocol/",
    "routes/",
    "telemetry/",
    "uploads/",
    "clock.ts",
    ...anyone,
    ...web,
  ],
  telemetry: ["domain/", "telemetry/", "clock.ts", ...anyone],
  uploads: ["db/", "domain/", "protocol/", "telemetry/", "uploads/", "clock.ts", ...anyone],
  web: ["client/", "protocol/", "web/"],
};

/** Neighbours among the actors: each may know what can be asked of the others, and no more. */
const neighbours = ["people", "room", "session"];

function neighbourly(one: string): string[] {
  const calls = neighbours.filter((other) => other !== one).map((other) => `actors/${other}/calls.ts`);
  return [
    "actors/b.ts",
    `actors/${one}/`,
    ...calls,
    "clock.ts",
    "db/",
    "domain/",
    "protocol/",
    "telemetry/",
    ...anyone,
  ];
}

/** All but the client and the pages, which run elsewhere. */
const of_server = Object.keys(folders).filter((folder) => folder !== "client" && folder !== "web");
const above = [
  "app.ts",
  "at-machine.ts",
  "clock.ts",
  "config.ts",
  "failed-start.ts",
  "main.ts",
  "offline.ts",
  "stopping.ts",
  "storage.ts",
  "variables.ts",
];
const allOfOurs = [...of_server.map((folder) => `${folder}/`), ...above];

/** The same for the files beside the folders. */
const composers: Record<string, string[]> = {
  "clock.ts": [],
  "app.ts": [...allOfOurs, ...anyone, ...web],
  "at-machine.ts": [...allOfOurs, ...anyone],
  "config.ts": [...allOfOurs, ...anyone],
  "failed-start.ts": [...allOfOurs, ...anyone],
  "main.ts": [...allOfOurs, ...anyone],
  "offline.ts": [...allOfOurs, ...anyone],
  "stopping.ts": [...allOfOurs, ...anyone],
  "storage.ts": [...allOfOurs, ...anyone],
  "variables.ts": [...allOfOurs, ...anyone],
};

const by_folder = [
  ...Object.entries(folders),
  ...neighbours.map((one): [string, string[]] => [`actors/${one}`, neighbourly(one)]),
];

const places: [file: string, allowed: string[]][] = [
  ...by_folder.flatMap(([folder, allowed]): [string, string[]][] => [
    [`${folder}/a.ts`, allowed],
    [`${folder}/nested/a.ts`, allowed],
  ]),
  ...Object.entries(composers),
];

const imports = [
  ...Object.keys(folders).map((folder) => `${folder}/b.ts`),
  ...neighbours.flatMap((one) =>
    ["b.ts", "calls.ts", "nested/b.ts", "nested/calls.ts"].map((file) => `actors/${one}/${file}`),
  ),
  ...Object.keys(composers),
  ...[...anyone, ...database, ...web],
];

/** Each way to read the environment. */
const reads = ["process.env", 'process["env"]', "Bun.env", "import.meta.env", "(({ env }) => env)(process)"];

let folder: string;

/** The reported lines of each file, as positions in `imports` followed by `reads`. */
const reported = new Map<string, Set<number>>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-imports-"));
  await cp(join(root, "biome.json"), join(folder, "biome.json"));
  for (const file of [...places.map(([file]) => file), "db/engine/embedded-worker.ts"]) {
    const lines = [...imports.map((one) => `import ${specifier(file, one)};`), ...reads.map((read) => `void ${read};`)];
    await Bun.write(join(folder, "src", file), `${lines.join("\n")}\n`);
  }
  await lint();
});

afterAll(() => rm(folder, { recursive: true }));

test("every folder and file of src has its rules", async () => {
  const known = [...Object.keys(folders), ...Object.keys(composers)];
  const found = await readdir(join(root, "src"));
  expect(found.filter((name) => !known.includes(name))).toEqual([]);
});

describe("what may not be imported", () => {
  test.each(places)("src/%s", (file, allowed) => {
    const allows = (one: string) =>
      allowed.some((word) => one === word || (word.endsWith("/") && one.startsWith(word)));
    expect(imports.filter((_, line) => reported.get(file)?.has(line))).toEqual(imports.filter((one) => !allows(one)));
  });
});

describe("who may read the environment", () => {
  const readsReported = (file: string) => reads.filter((_, line) => reported.get(file)?.has(imports.length + line));

  test.each(["config.ts", "db/engine/embedded-worker.ts"])("src/%s may", (file) => {
    expect(readsReported(file)).toEqual([]);
  });

  test.each(places.filter(([file]) => file !== "config.ts"))("src/%s may not", (file) => {
    expect(readsReported(file)).toEqual(reads);
  });
});

function specifier(from: string, to: string): string {
  if (!to.endsWith(".ts")) return JSON.stringify(to);
  const path = relative(dirname(from), to);
  return JSON.stringify(path.startsWith(".") ? path : `./${path}`);
}

async function lint(): Promise<void> {
  const biome = [process.execPath, join(root, "node_modules/@biomejs/biome/bin/biome"), "lint", "--vcs-enabled=false"];
  const rules = ["--only=style/noRestrictedImports", "--only=nursery/noJsRestrictedProperties"];
  const command = [...biome, ...rules, "--reporter=json", "--max-diagnostics=none"];
  const child = Bun.spawn(command, { cwd: folder, stdout: "pipe", stderr: "ignore" });
  const { diagnostics } = (await new Response(child.stdout).json()) as {
    diagnostics: { location: { path: string; start: { line: number } } }[];
  };
  for (const { location } of diagnostics) {
    const file = relative("src", location.path);
    reported.set(file, (reported.get(file) ?? new Set()).add(location.start.line - 1));
  }
}
