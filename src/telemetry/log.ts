// The log: JSON lines on standard error, or lines for a person when that is a terminal. A secret may reach it only by
// mistake, so the usual names of secrets are struck out whatever object they stand in.

import { isatty } from "node:tty";
import pino, { type DestinationStream, type Logger } from "pino";

export type Log = Logger;
export const log_levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof log_levels)[number];

const SECRETS = ["password", "new_password", "token", "authorization", "secret", "auth", "password_hash"];
const STDERR = 2;

/** The log of the program. What words it for a person is loaded only for one. */
export async function openLog(level: LogLevel): Promise<Log> {
  if (!isatty(STDERR)) return createLog(level);
  const { default: pretty } = await import("pino-pretty");
  return createLog(level, pretty({ destination: STDERR, sync: true }));
}

/** Writes JSON lines, where no other destination is given. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[secret]" };
  const options = { level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  return pino(options, destination ?? pino.destination({ fd: STDERR, sync: true }));
}
