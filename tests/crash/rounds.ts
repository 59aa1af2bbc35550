// Rounds of one server's life: it starts on what the last round left, keeps its promises, is loaded, and is ended in the
// middle of it: after a number of answers, not after a time, so that a seed means the same on every machine.

import { expect } from "bun:test";
import { Program } from "../../scripts/program.ts";
import { type RunningServer, serverAt } from "../harness/server.ts";
import type { Findings } from "./ledger.ts";
import { dataFolder, type Load } from "./load.ts";
import { command } from "./process.ts";
import { databaseFaults, expectTruth, factsOf } from "./truth.ts";

/** Answered messages that are sent once more in each round. */
const SENT_AGAIN = 20;

export interface Life {
  program: Program;
  server: RunningServer;
}

export interface Recovery extends Findings {
  /** From the command to `listening on`. */
  start_ms: number;
  messages: number;
  retried: number;
}

export async function start(folder: string, program_command = command): Promise<Life> {
  const program = await Program.start(program_command, folder);
  return { program, server: serverAt(program.origin, dataFolder(folder)) };
}

/** Loads the server until it has given so many answers, ends it then, and waits until everybody has noticed. */
export async function loadUntil(
  { server, program }: Life,
  load: Load,
  answers: number,
  end: (program: Program) => Promise<unknown>,
): Promise<void> {
  await load.connect(server);
  const enough = load.ledger.acknowledged + answers;
  let ended: Promise<unknown> | undefined;
  load.onAcknowledged = (count) => {
    if (count >= enough) ended ??= end(program);
  };
  await load.run(server);
  await ended;
  for (const listener of load.listeners) expect(listener.catchUp().faults).toEqual([]);
  expect(load.unexpected).toEqual([]);
}

/** Starts on what was left, and holds it to all that was promised. */
export async function recover(
  folder: string,
  load: Load,
  program_command = command,
): Promise<Life & { found: Recovery }> {
  const begun_ms = performance.now();
  const life = await start(folder, program_command);
  const start_ms = performance.now() - begun_ms;
  return { ...life, found: { start_ms, ...(await expectPromises(folder, life.server, load)) } };
}

/** Holds a server to all that it has promised; what it hasn't answered it is asked again. */
export async function expectPromises(
  folder: string,
  server: RunningServer,
  load: Load,
): Promise<Omit<Recovery, "start_ms">> {
  expect(databaseFaults(dataFolder(folder))).toEqual([]);
  const cache = await expectTruth(server, load.people.slice(0, 2), load.listeners);
  load.listeners = [];
  const facts = await factsOf(server, load, cache);
  const isMoot = (key: string) => {
    const [kind, nonce] = key.split(" ");
    return kind === "reaction" && !facts.has(`message ${nonce}`);
  };
  const findings = load.ledger.compare(facts, isMoot);
  expect(findings.broken).toEqual([]);
  const { retried, doubled } = await load.retryAll(server, SENT_AGAIN);
  expect(doubled).toEqual([]);
  const messages = [...facts.keys()].filter((key) => key.startsWith("message ")).length;
  return { ...findings, messages, retried };
}
