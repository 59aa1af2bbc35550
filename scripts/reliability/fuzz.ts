// The fuzz test at length: `bun scripts/reliability/fuzz.ts --frames 100000 --seed 1`. Rounds of 4,000 frames, each with a
// server and a seed of its own; prints what was sent and answered, and fails when anything went wrong.

import { messages } from "../../src/protocol/catalogue.ts";
import { fuzzRound, noFigures } from "../../tests/fuzz/round.ts";
import { readArguments } from "../arguments.ts";

/** A server of one round stays small enough for all of it to be compared after each batch. */
const ROUND = 4_000;

const values = readArguments("scripts/reliability/fuzz.ts", {
  frames: { type: "string", default: "100000" },
  seed: { type: "string", default: "1" },
});
const [wanted, first_seed] = [Number(values.frames), Number(values.seed)];
const figures = noFigures();
const started_ms = performance.now();
for (let seed = first_seed; figures.frames < wanted && figures.faults.length === 0; seed += 1) {
  await fuzzRound(seed, Math.min(ROUND, wanted - figures.frames), figures);
  console.log(`seed ${seed}: ${figures.frames} frames, ${figures.faults.length} faults`);
}
const { faults, sent_types, succeeded_types, ...counted } = figures;
const never = messages.map(({ type }) => type).filter((type) => !succeeded_types.has(type));
console.log(JSON.stringify(counted, null, 2));
console.log(`${sent_types.size} of ${messages.length} types sent whole, ${succeeded_types.size} succeeded`);
if (never.length > 0) console.log(`never succeeded: ${never.join(", ")}`);
console.log(`${((performance.now() - started_ms) / 1000).toFixed(1)} s`);
for (const fault of faults) console.error(`\n${fault}`);
process.exit(faults.length === 0 ? 0 : 1);
