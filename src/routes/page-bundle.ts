// The pages' files, bundled from src/web: from source once somebody first asks for a page, and in the binary when it is
// made, where scripts/build.ts puts a module with the same answer in this one's place.

import { join } from "node:path";

export interface BundledFile {
  /** Where it is asked for, from the root. */
  path: string;
  type: string;
  gzipped: Uint8Array<ArrayBuffer>;
}

const folder = join(import.meta.dir, "../web");
const types: Readonly<Record<string, string>> = {
  css: "text/css; charset=utf-8",
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  png: "image/png",
  svg: "image/svg+xml",
  webmanifest: "application/manifest+json",
};

/** What is handed out as it lies in the folder. */
const STATIC = ["manifest.webmanifest", "icon.svg", "icon-192.png", "icon-512.png"];

let made: Promise<BundledFile[]> | null = null;

/** The same for all servers of a process. What fails to be made once may be made the next time. */
export function bundlePages(): Promise<BundledFile[]> {
  made ??= makePages().catch((error) => {
    made = null;
    throw error;
  });
  return made;
}

async function makePages(): Promise<BundledFile[]> {
  const app = await built(["main.tsx"], "assets/[name]-[hash].[ext]");
  const assets = app.map(({ path }) => path);
  const listed = { PAGE_ASSETS: JSON.stringify(assets) };
  const worker = await built(["away/worker.ts"], "worker.js", listed);
  const index = await Bun.file(join(folder, "index.html")).text();
  const html = index.replace("{{style}}", named(assets, "css")).replace("{{script}}", named(assets, "js"));
  const lying = STATIC.map(async (name) => fileOf(name, await Bun.file(join(folder, name)).bytes()));
  return [...app, ...worker, fileOf("index.html", new TextEncoder().encode(html)), ...(await Promise.all(lying))];
}

const named = (paths: string[], extension: string) =>
  paths.find((path) => path.startsWith("/assets/main-") && path.endsWith(`.${extension}`)) ?? "";

async function built(entries: string[], name: string, define: Record<string, string> = {}): Promise<BundledFile[]> {
  const { outputs } = await Bun.build({
    entrypoints: entries.map((entry) => join(folder, entry)),
    root: folder,
    target: "browser",
    format: "esm",
    splitting: true,
    minify: true,
    naming: { entry: name, chunk: "assets/[name]-[hash].[ext]", asset: "assets/[name]-[hash].[ext]" },
    define: { "process.env.NODE_ENV": '"production"', ...define },
  });
  return Promise.all(
    outputs.map(async (output) =>
      fileOf(output.path.replace(/^\.?\//, ""), new Uint8Array(await output.arrayBuffer())),
    ),
  );
}

function fileOf(name: string, bytes: Uint8Array<ArrayBuffer>): BundledFile {
  const type = types[name.slice(name.lastIndexOf(".") + 1)] ?? "application/octet-stream";
  return { path: `/${name}`, type, gzipped: Bun.gzipSync(bytes, { level: 9 }) };
}
