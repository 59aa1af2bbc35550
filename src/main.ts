// The program: arguments and environment to a configuration, a configuration to a running server or a finished
// command, signals and faults to an end with a code. 1: starting again may help; 2: it won't.

import { resolve } from "node:path";
import { version } from "../package.json";
import { type ConfigResult, readConfig } from "./config.ts";
import { limits } from "./domain/limits.ts";
import type { Log, LogLevel } from "./telemetry/log.ts";

const FAULT_EXIT = 1;
const USAGE_EXIT = 2;

/** The configuration; a faulty one ends the program. */
function configuration(): ConfigResult & { ok: true } {
  // What it makes (the database holds the signing secret) is for its own user alone.
  process.umask(0o077);
  const read = readConfig();
  if (read.ok) return read;
  for (const fault of read.faults) process.stderr.write(`${fault}\n`);
  return process.exit(USAGE_EXIT);
}

async function serve(): Promise<void> {
  // Before it has begun there is nothing to be taken down: whatever it was writing is done whole or not at all.
  let onSignal = (_signal: string): void => process.exit(0);
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => onSignal(signal));
  const { config, unknown, idle } = configuration();
  const { openLog } = await import("./telemetry/log.ts");
  const log = await openLog(config.log_level);
  if (unknown.length > 0) log.warn({ variables: unknown }, "variables that mean nothing here");
  if (Object.keys(idle).length > 0) log.warn({ variables: idle }, "variables that are set without effect");
  const { openAhead } = await import("./db/engine/ahead.ts");
  const ahead = openAhead(config.database_url, (fault) => log.error({ fault }, "the database failed"));
  const { startApp } = await import("./app.ts");
  const app = await startApp(config, log, version, ahead).catch(async (error) => {
    const { startFault } = await import("./failed-start.ts");
    // Who sees to it needs the sentence, not the stack.
    const fault = await startFault(error, config);
    log.fatal(fault ? { reason: fault.reason } : { err: error }, "the server can't start");
    process.exit(fault?.again === false ? USAGE_EXIT : FAULT_EXIT);
  });
  // Once, whatever else asks for it: a terminal's Ctrl-C comes twice when a script runner passes its own on.
  let is_stopping = false;
  const stop = (exit_code: number) => {
    if (is_stopping) return;
    is_stopping = true;
    setTimeout(() => process.exit(FAULT_EXIT), limits.shutdown_ms).unref();
    app.stop().then(
      () => process.exit(exit_code),
      (error) => {
        log.fatal({ err: error }, "stopping failed");
        process.exit(FAULT_EXIT);
      },
    );
  };
  onSignal = (signal) => {
    if (!is_stopping) log.info({ signal }, "stopping");
    stop(0);
  };
  // Without a certificate it stays what it is: the end of a terminal.
  if (config.tls) process.on("SIGHUP", () => app.renewCertificate());
  void app.failed.then((reason) => {
    log.fatal({ reason }, "the server can't go on");
    stop(FAULT_EXIT);
  });
  process.on("unhandledRejection", (error) => {
    log.fatal({ err: error }, "a promise was rejected that nobody waited for");
    process.exit(FAULT_EXIT);
  });
  process.stdout.write(`listening on ${app.url}\n`);
  log.info({ url: app.url, version }, "listening");
  if (app.first_admin_path !== null) tellOfFirstAdmin(log, resolve(app.first_admin_path));
}

/** At whatever level is logged: nobody can run the server until it is seen. */
function tellOfFirstAdmin(log: Log, path: string): void {
  const words = "nobody runs this server yet: the link in this file makes the account of the first administrator";
  if (log.level === "silent") process.stderr.write(`${words}: ${path}\n`);
  else log[log.level as Exclude<LogLevel, "silent">]({ path }, words);
}

async function runCommand(name: "backup" | "restore", file: string, force: boolean): Promise<void> {
  const { config } = configuration();
  const { backUp } = await import("./db/upkeep/backup.ts");
  const { restore } = await import("./db/upkeep/restore.ts");
  const { database_url, uploads_bucket, uploads_dir } = config;
  const report = name === "backup" ? await backUp(database_url, file, force) : await restore(database_url, file);
  (report.ok ? process.stdout : process.stderr).write(`${report.text}\n`);
  const files = uploads_bucket ? `the bucket ${uploads_bucket.name}` : resolve(uploads_dir);
  if (report.ok) process.stdout.write(`the uploaded files are not in it: they are in ${files}\n`);
  process.exit(report.ok ? 0 : FAULT_EXIT);
}

function refuse(words: string): never {
  process.stderr.write(`orchard: ${words}\nSee orchard --help.\n`);
  return process.exit(USAGE_EXIT);
}

/** `orchard <noun> <verb>`: the server that runs does it, or where none does, this process with its database. */
async function operate(args: string[]): Promise<void> {
  const { config } = configuration();
  const { runAtMachine } = await import("./at-machine.ts");
  const exit_code = await runAtMachine(args, config);
  // A pipe may not have taken all of it yet.
  await new Promise((resolve) => process.stdout.write("", resolve));
  process.exit(exit_code);
}

async function main([argument, ...more]: string[]): Promise<void> {
  if (argument === undefined) return serve();
  if (argument === "--version") return void process.stdout.write(`${version}\n`);
  const is_of_files = (argument === "backup" || argument === "restore") && !more.includes("--help");
  if (!is_of_files) return operate([argument, ...more]);
  const force = argument === "backup" && more.includes("--force");
  const [file, ...rest] = more.filter((one) => !(force && one === "--force"));
  if (!file || rest.length > 0 || file.startsWith("-")) refuse(`'${argument}' wants one file`);
  return runCommand(argument, file, force);
}

await main(process.argv.slice(2));
