// The arguments of a script. What can't be read is answered with a sentence and the usage, and ends with code 2; `--help`
// prints the usage alone. Must not end in a stack: a slip of the fingers is no bug.

import { type ParseArgsOptionsConfig, parseArgs } from "node:util";

/** The values of the options, which begin with `script`'s line of usage. */
export function readArguments<const Options extends ParseArgsOptionsConfig>(script: string, options: Options) {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usageOf(script, options));
    process.exit(0);
  }
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    return refuseArguments(script, options, error instanceof Error ? error.message : String(error));
  }
}

/** A whole number from 1 on, or the end of the script. */
export function countOf(script: string, options: ParseArgsOptionsConfig, name: string, text: string): number {
  if (/^\d{1,12}$/.test(text) && Number(text) > 0) return Number(text);
  return refuseArguments(script, options, `--${name} wants a whole number above 0`);
}

function refuseArguments(script: string, options: ParseArgsOptionsConfig, why: string): never {
  console.error(`${why}\n${usageOf(script, options)}`);
  return process.exit(2);
}

function usageOf(script: string, options: ParseArgsOptionsConfig): string {
  const words = Object.entries(options).map(([name, { type, default: standing }]) => {
    return type === "boolean" ? `[--${name}]` : `[--${name} ${standing ?? "…"}]`;
  });
  return `usage: bun ${script} ${words.join(" ")}`;
}
