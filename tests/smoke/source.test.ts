// The program run from its source, in an empty folder, passes the same steps as the binary must.

import { expect, test } from "bun:test";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { smoke } from "../../scripts/smoke.ts";
import { source } from "../harness/program.ts";

test("the source serves, stops, starts again and remembers", async () => {
  const steps = await smoke(source);
  expect(steps.filter((step) => step.failure !== undefined)).toEqual([]);
}, 60_000);

test("in the folder of the source Bun reads no .env, run bare or by a script", async () => {
  const folder = await mkdtemp(join(tmpdir(), "orchard-env-"));
  await copyFile(join(import.meta.dir, "../../bunfig.toml"), join(folder, "bunfig.toml"));
  await Bun.write(join(folder, ".env"), "ORCHARD_STRAY=read");
  await Bun.write(join(folder, "print.ts"), "console.log(process.env.ORCHARD_STRAY)");
  await Bun.write(join(folder, "package.json"), JSON.stringify({ scripts: { start: "bun print.ts" } }));
  for (const args of [["print.ts"], ["start"]]) {
    const child = Bun.spawn([process.execPath, ...args], { cwd: folder, stderr: "ignore" });
    expect(await child.stdout.text()).toBe("undefined\n");
  }
  await rm(folder, { recursive: true });
});
