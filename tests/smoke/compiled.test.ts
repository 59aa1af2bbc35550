// What a start has compiled. A module that goes through a long loop before the server listens is compiled as a whole, and
// so is all that a bundle put into one file with it: in the binary that kept a core busy for as long as all else.

import { afterAll, expect, test } from "bun:test";
import { Program } from "../../scripts/program.ts";
import { removeTemporaryDirectories, temporaryDirectory } from "../db/temporary.ts";
import { program } from "../harness/program.ts";

afterAll(removeTemporaryDirectories);

/** Each compilation is reported, and is waited for; all compilers are there, with whichever the tests themselves run. */
const settings = { BUN_JSC_reportCompileTimes: "1", BUN_JSC_useConcurrentJIT: "0", BUN_JSC_useFTLJIT: "1" };
/** In the engine's own instructions: what a single file of the source may come to. */
const MOST_OF_A_MODULE = 20_000;

test("no bundle is compiled as a whole before the server listens", async () => {
  const server = await Program.start(program, await temporaryDirectory(), settings);
  await server.stop();
  const said = await server.stderr;
  const compiled = [...said.matchAll(/^Optimized (.+?)#.*?(\w+), (\d+)/gm)];
  expect(compiled).not.toBeEmpty();
  const modules = compiled.filter(
    ([, , kind = "", size]) => kind.endsWith("Module") && Number(size) > MOST_OF_A_MODULE,
  );
  expect(modules.map(([line]) => line)).toEqual([]);
});
