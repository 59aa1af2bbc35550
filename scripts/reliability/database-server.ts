// Kills a database server under orchard's full load, again and again, and starts it again on what it left; orchard lives
// on and is held to everything it promised. Prints a line a round and the sums; ends with 1 at the first broken promise.
// As a program: bun scripts/reliability/database-server.ts [--rounds 20] [--people 12] [--seed 1]

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expectToSurvive } from "../../tests/crash/fault.ts";
import { dataFolder, Load } from "../../tests/crash/load.ts";
import { commandWith } from "../../tests/crash/process.ts";
import { type Life, start } from "../../tests/crash/rounds.ts";
import { keepDatabaseAt } from "../../tests/harness/database.ts";
import { type Random, seededRandom } from "../../tests/harness/random.ts";
import { Sqld } from "../../tests/harness/sqld.ts";
import { readArguments } from "../arguments.ts";

/** How much later than an answer it is killed, at most: longer than a commit takes. */
const LATEST_MS = 20;

const values = readArguments("scripts/reliability/database-server.ts", {
  rounds: { type: "string", default: "20" },
  people: { type: "string", default: "12" },
  seed: { type: "string", default: "1" },
});

async function main(sqld: Sqld, folder: string): Promise<void> {
  const random = seededRandom(Number(values.seed));
  const url = await sqld.newDatabase();
  await keepDatabaseAt(dataFolder(folder), url);
  const load = new Load({ people: Number(values.people), random });
  const life = await start(folder, commandWith({ ORCHARD_DATABASE_URL: url }));
  try {
    await killTimes(Number(values.rounds), random, { sqld, folder, load, life });
  } finally {
    await life.program.kill();
  }
}

interface Parts {
  sqld: Sqld;
  folder: string;
  load: Load;
  life: Life;
}

async function killTimes(rounds: number, random: Random, { sqld, folder, load, life }: Parts): Promise<void> {
  console.log(
    `seed ${values.seed}\n| round | kept | unanswered, done | unanswered, not done | sent again | messages |`,
  );
  const sums = { done: 0, undone: 0, retried: 0 };
  for (let round = 1; round <= rounds; round += 1) {
    const later_ms = random.next() * LATEST_MS;
    const found = await expectToSurvive(folder, life, load, {
      // Answers come in the wake of a commit: only some time later is the next one under way.
      begin: () => Bun.sleep(later_ms).then(() => sqld.kill()),
      end: () => sqld.restart(),
      takes_reads: true,
    });
    const { kept, unanswered_done, unanswered_undone, retried, messages } = found;
    console.log(`| ${[round, kept, unanswered_done, unanswered_undone, retried, messages].join(" | ")} |`);
    sums.done += unanswered_done;
    sums.undone += unanswered_undone;
    sums.retried += retried;
  }
  const exit_code = await life.program.stop();
  if (exit_code !== 0) throw new Error(`the last stop ended with ${exit_code}`);
  console.log(`${rounds} kills, ${load.ledger.acknowledged} answers, none lost;`);
  console.log(`${sums.done} of ${sums.done + sums.undone} unanswered requests were done;`);
  console.log(`${sums.retried} messages sent again by their nonce, none doubled`);
}

const folder = await mkdtemp(join(tmpdir(), "orchard-server-"));
const sqld = await Sqld.start();
try {
  await main(sqld, folder);
} finally {
  await sqld.remove();
  await rm(folder, { recursive: true, force: true });
}
process.exit(0);
