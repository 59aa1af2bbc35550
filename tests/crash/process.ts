// The program as the tests of this folder start it: from its source, light on passwords, without limits of rate.

import { join } from "node:path";

const settings = ["ORCHARD_RATE_LIMITS=off", "ORCHARD_PASSWORD_MEMORY_KIB=1024", "ORCHARD_LOG=error"];

/** The command that runs `program` so. */
export function commandOf(...program: string[]): string[] {
  return ["env", ...settings, ...program];
}

const source = [process.execPath, join(import.meta.dir, "../../src/main.ts")];

export const command = commandOf(...source);

/** The command that runs the program with more variables. */
export function commandWith(variables: Record<string, string>): string[] {
  return commandOf(...Object.entries(variables).map(([name, value]) => `${name}=${value}`), ...source);
}
