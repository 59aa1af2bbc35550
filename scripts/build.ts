// Makes orchard one executable file: the program, its database worker, the pages, libSQL's native module and Bun itself.
// Bare, it makes dist/orchard for this machine; --target and --all make dist/orchard-<target> for others.
// Must leave node_modules as it is: what other targets need is installed in a temporary folder.

import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { bundlePages } from "../src/routes/page-bundle.ts";
import { root } from "./steps.ts";

/** Each target's package with libSQL's native module. */
const nativePackages = {
  "linux-x64": "@libsql/linux-x64-gnu",
  "linux-x64-musl": "@libsql/linux-x64-musl",
  "linux-arm64": "@libsql/linux-arm64-gnu",
  "linux-arm64-musl": "@libsql/linux-arm64-musl",
  "darwin-arm64": "@libsql/darwin-arm64",
  "darwin-x64": "@libsql/darwin-x64",
  "windows-x64": "@libsql/win32-x64-msvc",
} as const;

type Target = keyof typeof nativePackages;

interface Order {
  targets: Target[];
  /** Where the one target's file goes, if not to dist. */
  outfile?: string;
  /** Whether the file's name says its target. */
  named: boolean;
}

const targets = Object.keys(nativePackages) as Target[];
const usage = `usage: bun run build [--target <target> | --all] [--outfile <path>]\ntargets: ${targets.join(", ")}`;

/** Builds what is ordered and prints a line for each file made. */
async function fill(order: Order): Promise<void> {
  const lacking = order.targets.some((target) => !existsSync(nativeModule(root, target)));
  const modulesRoot = lacking ? await installForAllTargets() : root;
  try {
    for (const target of order.targets) {
      const path = order.outfile ?? join(root, "dist", fileName(target, order.named));
      await build(target, nativeModule(modulesRoot, target), path);
      const mebibytes = Bun.file(path).size / 2 ** 20;
      console.log(`${relative(process.cwd(), path)}  ${mebibytes.toFixed(1)} MiB`);
    }
  } finally {
    if (lacking) await rm(modulesRoot, { recursive: true });
  }
}

/** Compiles for one target, beside the place where the file then appears whole. */
async function build(target: Target, native: string, outfile: string): Promise<void> {
  await mkdir(dirname(outfile), { recursive: true });
  const folder = await mkdtemp(join(dirname(outfile), ".build-"));
  const built = join(folder, fileName(target, false));
  try {
    await Bun.build({
      entrypoints: [join(root, "src/main.ts"), join(root, "src/db/engine/embedded-worker.ts")],
      // Where src/db/engine/embedded.ts looks for the worker: its path below src.
      root: join(root, "src"),
      // Bytecode starts the server in half the time. Only this format keeps import.meta.url true and allows top-level await.
      bytecode: true,
      format: "esm",
      // Names are kept: Elysia reads the source of handlers to see what they use, and a person reads stack traces.
      minify: false,
      // What is loaded when it is first wanted isn't loaded at the start, with all of Bun's own that it builds on.
      splitting: true,
      sourcemap: "linked",
      define: { "process.env.NODE_ENV": '"production"' },
      plugins: [literalNativeModule(native), await bundledPages(folder)],
      compile: {
        outfile: built,
        // Nothing that lies in the folder it is started in changes what it does.
        autoloadBunfig: false,
        autoloadDotenv: false,
        ...(target !== hostTarget() && { target: `bun-${target}` as const }),
      },
    });
    await rename(built, outfile);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/**
 * libSQL requires its native module by a computed name, which no bundler can follow: this makes it a literal one. By what
 * it finds out that name is left out: it has each thread of the database load all that a child process takes.
 */
function literalNativeModule(native: string): Bun.BunPlugin {
  return {
    name: "literal-native-module",
    setup(builder) {
      builder.onLoad({ filter: /[/\\]node_modules[/\\]libsql[/\\]index\.js$/ }, async ({ path }) => {
        let literal = await Bun.file(path).text();
        for (const [found, put] of [
          ["= requireNative();", `= require(${JSON.stringify(native)});`],
          ['const { load, currentTarget } = require("@neon-rs/load");', ""],
          ['const { familySync, GLIBC, MUSL } = require("detect-libc");', ""],
        ] as const) {
          const source = literal;
          literal = source.replace(found, () => put);
          if (literal === source)
            throw new Error(`${path} finds its native module in a new way: teach scripts/build.ts`);
        }
        return { loader: "js", contents: literal };
      });
    },
  };
}

/** Puts the pages' files into the executable, ready as they go out, in place of what would bundle them. */
async function bundledPages(folder: string): Promise<Bun.BunPlugin> {
  const files = await bundlePages();
  const lines = files.map(async ({ path, type, gzipped }, at) => {
    const file = join(folder, `page-${at}.gz`);
    await Bun.write(file, gzipped);
    const bytes = `gzipped: await Bun.file(file_${at}).bytes()`;
    return [
      `import file_${at} from ${JSON.stringify(file)} with { type: "file" };`,
      `{ path: ${JSON.stringify(path)}, type: ${JSON.stringify(type)}, ${bytes} },`,
    ] as const;
  });
  const made = await Promise.all(lines);
  const imports = made.map(([line]) => line).join("\n");
  const entries = made.map(([, line]) => line).join("\n");
  const contents = `${imports}\nexport const bundlePages = async () => [\n${entries}\n];\n`;
  return {
    name: "bundled-pages",
    setup(builder) {
      builder.onLoad({ filter: /[/\\]src[/\\]routes[/\\]page-bundle\.ts$/ }, () => ({ loader: "js", contents }));
    },
  };
}

/** Installs the locked packages of every target in a new temporary folder and answers it. */
async function installForAllTargets(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "orchard-targets-"));
  for (const file of ["package.json", "bun.lock"]) await copyFile(join(root, file), join(folder, file));
  const command = [process.execPath, "install", "--frozen-lockfile", "--production", "--ignore-scripts", "--silent"];
  const install = Bun.spawn([...command, "--os=*", "--cpu=*"], {
    cwd: folder,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if ((await install.exited) === 0) return folder;
  await rm(folder, { recursive: true });
  throw new Error("could not install libSQL for other targets: is the npm registry within reach?");
}

function nativeModule(modulesRoot: string, target: Target): string {
  return join(modulesRoot, "node_modules", nativePackages[target], "index.node");
}

function fileName(target: Target, named: boolean): string {
  return `orchard${named ? `-${target}` : ""}${target === "windows-x64" ? ".exe" : ""}`;
}

/** The target of the Bun that runs this script. */
function hostTarget(): Target {
  const { glibcVersionRuntime } = (process.report.getReport() as { header: { glibcVersionRuntime?: string } }).header;
  const platform = process.platform === "win32" ? "windows" : process.platform;
  const libc = platform === "linux" && glibcVersionRuntime === undefined ? "-musl" : "";
  const target = targets.find((one) => one === `${platform}-${process.arch}${libc}`);
  if (!target) throw new Error(`there is no libSQL for ${platform} on ${process.arch}`);
  return target;
}

/** What the arguments order; throws a sentence for a person when they make no sense. */
function parseOrder(args: string[]): Order {
  const { values } = parseArgs({
    args,
    options: { target: { type: "string" }, all: { type: "boolean" }, outfile: { type: "string" } },
  });
  if (values.all && (values.target || values.outfile))
    throw new Error("--all goes with neither --target nor --outfile");
  const target = targets.find((one) => one === values.target);
  if (values.target && !target) throw new Error(`unknown target ${values.target}`);
  return {
    targets: values.all ? targets : [target ?? hostTarget()],
    named: Boolean(values.all || target),
    ...(values.outfile && { outfile: resolve(values.outfile) }),
  };
}

/** The order on the command line; a senseless one ends the script with exit code 2. */
function readOrder(): Order {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage);
    return process.exit(0);
  }
  try {
    return parseOrder(args);
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n${usage}`);
    return process.exit(2);
  }
}

await fill(readOrder());
