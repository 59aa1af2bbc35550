// A dozen people do everything at once in a few servers. In its lulls what each session has built from replies and events
// alone is what a new session loads, and nobody was ever told of what they couldn't view. Once over a file and once over
// a far database, where answers cross. A seed that once failed is kept here by name.
// ORCHARD_TEST_STORM_ACTIONS makes it longer, ORCHARD_TEST_STORM_SEED another.

import { describe, expect, test } from "bun:test";
import { node_count } from "../harness/processes.ts";
import { seededRandom } from "../harness/random.ts";
import { startServer, type TestServer } from "../harness/server.ts";
import { startFarDatabase } from "./far-database.ts";
import { expectSecretsKept, expectTruth } from "./lull.ts";
import { gatherStorm } from "./storm.ts";

const ACTIONS = Number(process.env["ORCHARD_TEST_STORM_ACTIONS"] ?? 600);
const SEED = Number(process.env["ORCHARD_TEST_STORM_SEED"] ?? 1);
const PATIENCE_MS = 30_000 + ACTIONS * 150;
/** How often it is looked at. */
const LULLS = 3;
const PRESENCE = { presence_grace_ms: 60 };
/** One way to the far database. */
const MOST_UNDER_WAY_MS = 4;

/** How often it may go on until everything has been done. */
const MOST_LULLS = 9;

/** What every storm has to have done: by chance a short one may have missed one of them. */
const surely_done = [
  ...["add_message", "add_reaction", "get_message_chunk", "get_server_members", "get_server_channel"],
  ...["add_channel", "update_channel", "update_category", "add_role", "update_role", "update_member"],
];

async function weather(server: TestServer, seed: number): Promise<void> {
  const storm = await gatherStorm(server, seededRandom(seed));
  const undone = () => surely_done.filter((type) => !storm.outcomes.has(`${type} ok`));
  for (let lull = 0; lull < LULLS || (lull < MOST_LULLS && undone().length > 0); lull += 1) {
    await storm.rage(ACTIONS / LULLS);
    await expectTruth(server, storm);
  }
  expect(undone()).toEqual([]);
  expectSecretsKept(storm);
  await Promise.all(storm.sessions.map(({ client }) => client.close()));
}

const seeds: [string, number][] = [
  ["the usual one", SEED],
  ["a server renamed while it was being listed", 44],
];

/** What is far is the same wherever others have their databases, so that of one process it is asked once. */
const far = process.env["ORCHARD_TEST_DATABASE"] === "sqld" && node_count === 1 ? [] : seeds;

describe("in a storm all pictures are the server's, and no secret is out", () => {
  test.each(seeds)(
    "%s, seed %i, in a file",
    async (_, seed) => {
      const server = await startServer(PRESENCE);
      await weather(server, seed);
      await server.stop();
    },
    PATIENCE_MS,
  );

  test.each(far)(
    "%s, seed %i, in a far database",
    async (_, seed) => {
      const database = await startFarDatabase(seededRandom(seed), MOST_UNDER_WAY_MS);
      const server = await startServer({ ...PRESENCE, database_url: database.url });
      await weather(server, seed);
      await server.stop();
      await database.stop();
    },
    PATIENCE_MS,
  );
});
