// Kills the program under full load, again and again on one database, and holds it to everything it promised.
// Prints a line a round and the sums; ends with 1 at the first broken promise. With --binary it is a compiled program.
// As a program: bun scripts/reliability/kill.ts [--rounds 50] [--people 12] [--seed 1] [--binary dist/orchard]

import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { dataFolder, Load } from "../../tests/crash/load.ts";
import { command, commandOf } from "../../tests/crash/process.ts";
import { loadUntil, type Recovery, recover, start } from "../../tests/crash/rounds.ts";
import { seededRandom } from "../../tests/harness/random.ts";
import { readArguments } from "../arguments.ts";

/** Answers after which the program is killed, at least and at most. */
const LEAST = 200;
const MOST = 3_000;
/** How much later, at most: longer than a commit takes. */
const LATEST_MS = 20;

const values = readArguments("scripts/reliability/kill.ts", {
  rounds: { type: "string", default: "50" },
  people: { type: "string", default: "12" },
  seed: { type: "string", default: "1" },
  binary: { type: "string" },
});

interface Round extends Recovery {
  answers: number;
  load_ms: number;
  journal_bytes: number;
}

const columns = {
  answers: (round: Round) => round.answers,
  "answers/s": (round: Round) => Math.round(round.answers / (round.load_ms / 1_000)),
  kept: (round: Round) => round.kept,
  "unanswered, done": (round: Round) => round.unanswered_done,
  "unanswered, not done": (round: Round) => round.unanswered_undone,
  "sent again": (round: Round) => round.retried,
  messages: (round: Round) => round.messages,
  "journal KiB": (round: Round) => Math.round(round.journal_bytes / 1_024),
  "start ms": (round: Round) => Math.round(round.start_ms),
};

async function main(): Promise<void> {
  const rounds = Number(values.rounds);
  const program_command = values.binary ? commandOf(resolve(values.binary)) : command;
  const random = seededRandom(Number(values.seed));
  const folder = await mkdtemp(join(tmpdir(), "orchard-kill-"));
  const load = new Load({ people: Number(values.people), random });
  const done: Round[] = [];
  console.log(`seed ${values.seed}\n| round | ${Object.keys(columns).join(" | ")} |`);
  let life = await start(folder, program_command);
  await load.found(life.server);
  for (let number = 1; number <= rounds; number += 1) {
    const begun_ms = performance.now();
    const answers = random.whole(LEAST, MOST);
    // Answers come in the wake of a commit: only some time later is the next one under way.
    const later_ms = random.next() * LATEST_MS;
    await loadUntil(life, load, answers, (program) => Bun.sleep(later_ms).then(() => program.kill()));
    const load_ms = performance.now() - begun_ms;
    const journal_bytes = statSync(join(dataFolder(folder), "orchard.db-wal")).size;
    const { found, ...next } = await recover(folder, load, program_command);
    life = next;
    done.push({ ...found, answers, load_ms, journal_bytes });
    tell(number, done.at(-1));
  }
  const exit_code = await life.program.stop();
  if (exit_code !== 0) throw new Error(`the last stop ended with ${exit_code}`);
  await rm(folder, { recursive: true });
  const sum = (of: (round: Round) => number) => done.reduce((total, round) => total + of(round), 0);
  console.log(`${rounds} kills, ${sum((round) => round.answers)} answers, none lost;`);
  console.log(
    `${sum((r) => r.unanswered_done)} of ${sum((r) => r.unanswered_done + r.unanswered_undone)} unanswered requests were done;`,
  );
  console.log(`${sum((round) => round.retried)} messages sent again by their nonce, none doubled`);
}

function tell(number: number, round: Round | undefined): void {
  if (round) console.log(`| ${[number, ...Object.values(columns).map((column) => column(round))].join(" | ")} |`);
}

await main();
process.exit(0);
