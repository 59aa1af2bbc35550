// The program: arguments and environment to a configuration, a configuration to a running server, signals to its end.

import { version } from "../package.json";
import { readConfig, variables } from "./config.ts";
import { limits } from "./domain/limits.ts";

const USAGE_EXIT = 2;

function help(): string {
  const lines = Object.entries(variables).map(([name, variable]) => {
    const standing = variable.default === "" ? "" : ` [${variable.default}]`;
    return `  ORCHARD_${name.padEnd(20)} ${variable.doc}${standing}`;
  });
  return [
    `orchard ${version}: a realtime server for games consoles and community chat`,
    "",
    "Usage: orchard [--help | --version]",
    "",
    "It is configured by its environment:",
    ...lines,
  ].join("\n");
}

async function serve(): Promise<void> {
  // What it makes (the database holds the signing secret) is for its own user alone.
  process.umask(0o077);
  const read = readConfig();
  if (!read.ok) {
    for (const fault of read.faults) process.stderr.write(`${fault}\n`);
    process.exit(USAGE_EXIT);
  }
  const { openLog } = await import("./telemetry/log.ts");
  const { startApp } = await import("./app.ts");
  const log = await openLog(read.config.log_level);
  if (read.unknown.length > 0) log.warn({ variables: read.unknown }, "variables that mean nothing here");
  const app = await startApp(read.config, log, version).catch((error) => {
    log.fatal({ err: error }, "the server can't start");
    process.exit(1);
  });
  const stop = (signal: NodeJS.Signals) => {
    log.info({ signal }, "stopping");
    setTimeout(() => process.exit(1), limits.shutdown_ms).unref();
    app.stop().then(
      () => process.exit(0),
      (error) => {
        log.fatal({ err: error }, "stopping failed");
        process.exit(1);
      },
    );
  };
  // A terminal's Ctrl-C comes twice when a script runner passes its own on: only the first one counts, but none kills.
  let is_stopping = false;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (!is_stopping) stop(signal);
      is_stopping = true;
    });
  }
  process.on("unhandledRejection", (error) => {
    log.fatal({ err: error }, "a promise was rejected that nobody waited for");
    process.exit(1);
  });
  process.stdout.write(`listening on ${app.url}\n`);
  log.info({ url: app.url, version }, "listening");
}

const [argument] = process.argv.slice(2);
if (argument === undefined) await serve();
else if (argument === "--version") process.stdout.write(`${version}\n`);
else if (argument === "--help") process.stdout.write(`${help()}\n`);
else {
  process.stderr.write(`orchard: '${argument}' is not known\n\n${help()}\n`);
  process.exit(USAGE_EXIT);
}
