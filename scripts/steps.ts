// A step of a check: what it is called, how it is run, how its end is told to a person.
// A step that fails says why; nothing here throws for a failed step.

import { join } from "node:path";

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
  const exitCode = await Bun.spawn(command, { cwd: root, env, stdio: ["ignore", "inherit", "inherit"] }).exited;
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
