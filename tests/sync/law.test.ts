// The law of catching up: an old copy and `sync` are a fresh load. A dozen people do everything at once, go and come
// back with what they have kept, while the server is ended, politely and not, in the middle of it. In the lulls what each
// client holds is what a new one loads. A seed that once failed is kept here by name.
// ORCHARD_TEST_STORM_ACTIONS makes it longer, ORCHARD_TEST_STORM_SEED another.

import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Program } from "../../scripts/program.ts";
import { expectSecretsKept, expectTruth } from "../community/lull.ts";
import { gatherStorm, type Storm } from "../community/storm.ts";
import { ofOneProcess } from "../harness/one-process.ts";
import { program } from "../harness/program.ts";
import { seededRandom } from "../harness/random.ts";
import { type RunningServer, serverAt, startServer } from "../harness/server.ts";

const ACTIONS = Number(process.env["ORCHARD_TEST_STORM_ACTIONS"] ?? 900);
const SEED = Number(process.env["ORCHARD_TEST_STORM_SEED"] ?? 1);
const PATIENCE_MS = 60_000 + ACTIONS * 60;
const LULLS = 3;
const GRACE_MS = 60;
const settings = [
  ...["ORCHARD_RATE_LIMITS=off", "ORCHARD_PASSWORD_MEMORY_KIB=1024", "ORCHARD_LOG=error"],
  `ORCHARD_PRESENCE_GRACE_MS=${GRACE_MS}`,
];
const command = ["env", ...settings, ...program];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "orchard-test-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Running {
  program: Program;
  server: RunningServer;
}

async function start(): Promise<Running> {
  const program = await Program.start(command, folder);
  return { program, server: serverAt(program.origin, folder) };
}

/** Everybody who is away comes back, while others go on. */
async function returnAll(storm: Storm): Promise<void> {
  await Promise.all(storm.away.splice(0).map((session) => storm.resume(session)));
}

async function lull(storm: Storm): Promise<void> {
  await returnAll(storm);
  await expectTruth(storm.server, storm);
}

function expectSynced({ outcomes }: Storm): void {
  expect(outcomes.get("sync ok") ?? 0).toBeGreaterThan(0);
}

const seeds: [string, number][] = [["the usual one", SEED]];

describe("an old copy, caught up, is a fresh load", () => {
  test.each(seeds)(
    "in one server, %s, seed %i",
    async (_, seed) => {
      const server = await startServer({ presence_grace_ms: GRACE_MS });
      const storm = await gatherStorm(server, seededRandom(seed), true);
      for (let number = 0; number < LULLS; number += 1) {
        await storm.rage(ACTIONS / LULLS);
        await lull(storm);
      }
      expectSynced(storm);
      expectSecretsKept(storm);
      await Promise.all(storm.sessions.map(({ client }) => client.close()));
      await server.stop();
    },
    PATIENCE_MS,
  );

  ofOneProcess("programs that are ended and started anew are processes of their own").each(seeds)(
    "over servers that are ended by SIGTERM and SIGKILL, %s, seed %i",
    async (_, seed) => {
      const random = seededRandom(seed);
      let { program, server } = await start();
      const storm = await gatherStorm(server, random, true);
      for (const signal of ["kill", "stop", "kill"] as const) {
        const reached = storm.requests(random.whole(ACTIONS / LULLS / 4, ACTIONS / LULLS / 2));
        const raging = storm.rage(ACTIONS / LULLS);
        await Promise.race([reached, raging]);
        storm.interrupted();
        await program[signal]();
        await raging;
        ({ program, server } = await start());
        storm.restarted(server);
        await Promise.all([returnAll(storm), storm.rage(ACTIONS / LULLS / 2)]);
        await lull(storm);
      }
      expectSynced(storm);
      expectSecretsKept(storm);
      await program.stop();
    },
    PATIENCE_MS,
  );
});
