// What a command reads and writes: the streams, and what a person is asked on a terminal.

export interface Terminal {
  write(text: string): void;
  complain(text: string): void;
  /** Whether somebody sits there who can be asked. */
  is_terminal: boolean;
  /** What is typed isn't shown. */
  askHidden(question: string): Promise<string>;
  ask(question: string): Promise<string>;
  /** The first line of the standard input, without its end. */
  readLine(): Promise<string>;
}

/** That of this process. */
export function ownTerminal(): Terminal {
  return {
    write: (text) => void process.stdout.write(text),
    complain: (text) => void process.stderr.write(text),
    is_terminal: process.stdin.isTTY === true,
    askHidden: (question) => askFor(question, true),
    ask: (question) => askFor(question, false),
    async readLine() {
      const text = await Bun.stdin.text();
      return text.split(/\r?\n/, 1)[0] ?? "";
    },
  };
}

async function askFor(question: string, silent: boolean): Promise<string> {
  const { read } = await import("read");
  // What is asked is no output of the command.
  const answer = await read({ prompt: question, silent, output: process.stderr });
  return String(answer);
}
