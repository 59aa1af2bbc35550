// What is said at the end of a run of the tests is what Bun's own report has: each test counted, and of each that failed
// where it is and why.

import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { readReport } from "../../scripts/report.ts";
import { removeTemporaryDirectories, temporaryDirectory } from "../db/temporary.ts";

afterAll(removeTemporaryDirectories);

const FILES = {
  "some.test.ts": `
    import { describe, expect, test } from "bun:test";
    describe("a < b", () => {
      test("holds", () => {});
      test.skip("is skipped", () => {});
      test("says \\"no\\" & why", () => expect({ a: "<1>" }).toEqual({ a: "<2>" }));
      describe("inside", () => {
        test("never ends", () => new Promise(() => {}), 50);
      });
    });
    test("throws", () => {
      throw new RangeError("too far");
    });`,
  "good.test.ts": `
    import { test } from "bun:test";
    test("one", () => {});
    test("two", () => {});`,
};

test("each test is counted, and each that failed is told with its place and its error", async () => {
  const folder = await temporaryDirectory();
  for (const [name, text] of Object.entries(FILES)) await Bun.write(join(folder, name), text);
  const command = [process.execPath, "test", "--reporter=junit", "--reporter-outfile=report.xml"];
  const exit_code = await Bun.spawn(command, { cwd: folder, stdio: ["ignore", "ignore", "ignore"] }).exited;
  const { passed, failed } = readReport(await Bun.file(join(folder, "report.xml")).text());
  expect(exit_code).toBe(1);
  expect(passed).toBe(3);
  expect(failed.map(({ name, file }) => [name, file])).toEqual([
    ['a < b > says "no" & why', "some.test.ts"],
    ["a < b > inside > never ends", "some.test.ts"],
    ["throws", "some.test.ts"],
  ]);
  const errors = failed.map(({ error }) => error);
  expect(errors[0]).toContain('-   "a": "<2>",\n+   "a": "<1>",');
  expect(errors[1]).toContain("test timed out");
  expect(errors[2]).toMatch(/^RangeError: too far\n +at some\.test\.ts:12:\d+$/);
});

test("a report of no test has nothing in it", () => {
  expect(readReport('<?xml version="1.0"?><testsuites name="bun test" tests="0" />')).toEqual({
    passed: 0,
    failed: [],
  });
});
