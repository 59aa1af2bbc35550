// The program as the tests of this folder start it: light on passwords, without limits of rate.

import { program } from "../harness/program.ts";

const settings = ["ORCHARD_RATE_LIMITS=off", "ORCHARD_PASSWORD_MEMORY_KIB=1024", "ORCHARD_LOG=error"];

/** The command that runs another so. */
export function commandOf(...command: string[]): string[] {
  return ["env", ...settings, ...command];
}

export const command = commandOf(...program);

/** The command that runs the program with more variables. */
export function commandWith(variables: Record<string, string>): string[] {
  return commandOf(...Object.entries(variables).map(([name, value]) => `${name}=${value}`), ...program);
}
