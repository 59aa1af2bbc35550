// A started orchard as its operator sees it: a command, a folder, an environment, two streams and an exit code.
// Knows the program only from outside, so that the source and the binary can be held to the same.

import { deadline } from "./deadline.ts";

/** What a program that ended by itself left behind. */
export interface Ending {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A running server; `origin` is the `http://host:port` that it printed. */
export class Program {
  readonly origin: string;
  /** All that it writes to standard error, once it has ended. */
  readonly stderr: Promise<string>;
  readonly #process: Bun.Subprocess;

  private constructor(origin: string, process: Bun.Subprocess, stderr: Promise<string>) {
    this.origin = origin;
    this.stderr = stderr;
    this.#process = process;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Starts a server in a folder; resolves when it says that it listens. */
  static async start(command: readonly string[], folder: string, more: Record<string, string> = {}): Promise<Program> {
    const env = environment({ ORCHARD_HOST: "127.0.0.1", ORCHARD_PORT: "0", ...more });
    const child = Bun.spawn([...command], { cwd: folder, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const stderr = new Response(child.stderr).text();
    try {
      return new Program(await deadline("listening on …", listeningOrigin(child.stdout)), child, stderr);
    } catch (error) {
      child.kill("SIGKILL");
      throw new Error(`did not start: ${error instanceof Error ? error.message : error}\n${await stderr}`);
    }
  }

  /** Runs a command that should end by itself. */
  static async run(command: readonly string[], folder: string, more: Record<string, string> = {}): Promise<Ending> {
    const env = environment(more);
    const child = Bun.spawn([...command], { cwd: folder, env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
    const ended = Promise.all([child.exited, new Response(child.stdout).text(), new Response(child.stderr).text()]);
    try {
      const [exitCode, stdout, stderr] = await deadline("the program's end", ended);
      return { exitCode, stdout, stderr };
    } finally {
      child.kill("SIGKILL");
    }
  }

  /** Sends SIGTERM and answers the exit code. */
  async stop(): Promise<number> {
    this.#process.kill("SIGTERM");
    return this.exited();
  }

  /** Sends SIGINT, as a terminal does. */
  interrupt(): void {
    this.#process.kill("SIGINT");
  }

  /** The exit code, once it has ended. */
  exited(): Promise<number> {
    return deadline("the program's end", this.#process.exited);
  }

  /** Ends it at once, if it still runs. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.#process.exited;
  }
}

/** The address in the line `listening on …`; the rest of the stream is read, lest the program block on it. */
function listeningOrigin(stdout: ReadableStream<Uint8Array>): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const watch = async () => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const chunk of stdout) {
      text += decoder.decode(chunk, { stream: true });
      const origin = text.match(/^listening on (https?:\/\/\S+)\n/m)?.[1];
      if (origin) resolve(origin);
    }
    reject(new Error(`it ended having printed ${JSON.stringify(text)}`));
  };
  watch().catch(reject);
  return promise;
}

/** This process's environment without what would configure orchard, and with what is given. */
function environment(more: Record<string, string>): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("ORCHARD_") && name !== "NODE_ENV");
  return { ...Object.fromEntries(inherited), ...more };
}
