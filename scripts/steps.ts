// A step of a check: what it is called, how it is run, how its end is told to a person.
// A step that fails says why; nothing here throws for a failed step.

import { availableParallelism } from "node:os";
import { join } from "node:path";
import pLimit from "p-limit";

/** One checked thing; `failure` is absent when it went well. */
export interface Step {
  name: string;
  failure?: string;
}

/** The project's folder. */
export const root = join(import.meta.dir, "..");

/** Runs Bun with arguments in the project's folder, its output passed through, as one step; `more` is put to its environment. */
export async function runBun(name: string, args: string[], more: Record<string, string> = {}): Promise<Step> {
  console.log(`\n── ${name}`);
  const command = [process.execPath, ...args];
  const env = { ...process.env, ...more };
  return stepOf(name, await Bun.spawn(command, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] }).exited);
}

/** The same of several, side by side as the cores allow; what each puts out is passed through once it has ended. */
export async function runBunsTogether(
  commands: readonly (readonly [name: string, ...args: string[]])[],
): Promise<Step[]> {
  const inPlace = pLimit(availableParallelism());
  const runOne = async (name: string, args: string[]) => {
    const child = Bun.spawn([process.execPath, ...args], { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    const both = [child.stdout, child.stderr];
    const [exitCode, ...said] = await Promise.all([child.exited, ...both.map((stream) => new Response(stream).text())]);
    process.stdout.write(`\n── ${name}\n${said.join("")}`);
    return stepOf(name, exitCode);
  };
  return Promise.all(commands.map(([name, ...args]) => inPlace(() => runOne(name, args))));
}

function stepOf(name: string, exitCode: number): Step {
  return exitCode === 0 ? { name } : { name, failure: `exit code ${exitCode}` };
}

/** Prints the one line that tells how a step ended. */
export function tell(step: Step): void {
  console.log(step.failure === undefined ? `ok    ${step.name}` : `FAIL  ${step.name}: ${step.failure}`);
}

/** Whether every step went well. */
export function allWell(steps: Step[]): boolean {
  return steps.every((step) => step.failure === undefined);
}
