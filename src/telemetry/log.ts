// The log: JSON lines on standard error, or lines for a person when that is a terminal. A secret may reach it only by
// mistake, so the usual names of secrets are struck out whatever object they stand in. What a stranger calls themselves
// can pass for nothing else: neither for a line, nor for what a terminal obeys.

import { isatty } from "node:tty";
import pino, { type DestinationStream, type Logger } from "pino";

export type Log = Logger;
export const log_levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof log_levels)[number];

const SECRETS = ["password", "new_password", "token", "authorization", "secret", "auth", "password_hash"];
const STDERR = 2;

/** What isn't seen, or changes what is seen around it. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

/** The log of the program. */
export async function openLog(level: LogLevel): Promise<Log> {
  return createLog(level, isatty(STDERR) ? await linesTo(STDERR) : undefined);
}

/** Lines for a person. What words them is loaded only for one. */
export async function linesTo(destination: number | NodeJS.WritableStream): Promise<DestinationStream> {
  const { default: pretty } = await import("pino-pretty");
  return pretty({ destination, sync: true, customPrettifiers: { name: (name) => JSON.stringify(name) } });
}

/** Writes JSON lines, where no other destination is given. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[secret]" };
  const serializers = { name: legible };
  const options = { level, redact, serializers, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination ?? pino.destination({ fd: STDERR, sync: true }));
}

/** With the number of each character that isn't seen in its place. */
function legible(name: string): string {
  return name.replace(UNSEEN, (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`);
}
