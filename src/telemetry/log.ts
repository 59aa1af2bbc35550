// The log: JSON lines on standard error, or lines for a person when that is a terminal. A secret may reach it only by
// mistake, so the usual names of secrets are struck out whatever object they stand in.

import { isatty } from "node:tty";
import pino, { type Logger } from "pino";
import pretty from "pino-pretty";

export type Log = Logger;
export const log_levels = ["trace", "debug", "info", "warn", "error", "fatal", "silent"] as const;
export type LogLevel = (typeof log_levels)[number];

const SECRETS = ["password", "new_password", "token", "authorization", "secret", "auth", "password_hash"];
const STDERR = 2;

export function createLog(level: LogLevel): Log {
  const redact = { paths: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[secret]" };
  const options = { level, redact, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const destination = isatty(STDERR)
    ? pretty({ destination: STDERR, sync: true })
    : pino.destination({ fd: STDERR, sync: true });
  return pino(options, destination);
}
