// What the documents point at is there: every file, and in documents every heading; and the README stays one that is read.

import { expect, test } from "bun:test";
import { dirname, join, normalize } from "node:path";

const root = join(import.meta.dir, "../..");
const MOST_LINES = 200;

const textOf = (path: string) => Bun.file(join(root, path)).text();

const withoutFences = (text: string) => text.replace(/^```[\s\S]*?^```/gm, "");

const withoutCode = (text: string) => withoutFences(text).replace(/`[^`\n]*`/g, (code) => "`".repeat(code.length));

/** As GitHub names a heading: small letters, without punctuation, `-` for a space. */
const anchorOf = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");

async function anchorsIn(path: string): Promise<string[]> {
  const text = withoutFences(await textOf(path));
  return [...text.matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => anchorOf(heading));
}

async function isThere(from: string, target: string): Promise<boolean> {
  const [path = "", anchor] = target.split("#");
  const to = path === "" ? from : normalize(join(dirname(from), path));
  const is_file = await Bun.file(join(root, to)).exists();
  const is_folder = !is_file && Array.from(new Bun.Glob(`${to}/**/*`).scanSync(root)).length > 0;
  if (anchor === undefined) return is_file || is_folder;
  return is_file && (await anchorsIn(to)).includes(anchor);
}

const documents = [
  ...new Bun.Glob("*.md").scanSync(root),
  ...new Bun.Glob("{docs,examples,deploy,src}/**/*.md").scanSync(root),
].sort();

test("there are documents", () => expect(documents).toContain("README.md"));

test.each(documents)("%s points at nothing that isn't there", async (from) => {
  const text = withoutCode(await textOf(from));
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)|src="([^"]+)"/g)].map(([, link, source]) => link ?? source ?? "");
  const own = targets.filter((target) => !/^[a-z]+:/.test(target));
  const missing = await Promise.all(own.map(async (target) => ((await isThere(from, target)) ? [] : [target])));
  expect(missing.flat()).toEqual([]);
});

test("the README is read to its end", async () => {
  expect((await textOf("README.md")).split("\n").length).toBeLessThan(MOST_LINES);
});
