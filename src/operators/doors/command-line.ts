// The command line: `orchard <noun> <verb>`, made of the operations' literals. It asks the server that runs, or opens the
// database itself where none does. 0: done; 1: refused, with a sentence; 2: not understood.
// Loaded only where somebody gives such a command. Must not take a password as an argument: others see those.

import { Command, CommanderError } from "commander";
import { version } from "../../../package.json";
import type { Outcome } from "../../protocol/outcome.ts";
import { nouns, operations } from "../catalogue.ts";
import type { OperationLiteral } from "../operation.ts";
import { fieldsIn, fromTexts, wantedIn } from "../texts.ts";
import {
  commonOptionsOf,
  nounOf,
  optionsOf,
  type Placed,
  placedOf,
  spelled,
  summaryOf,
  verbOf,
} from "./command-words.ts";
import { completionsFor, shells } from "./completions.ts";
import type { Sink } from "./socket-client.ts";
import { documentOf, plainly, tableOf } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import type { SocketRequest } from "./unix-socket.ts";

/** What a command works with. */
export interface Workplace extends Terminal {
  /** Has it done; rejects with a sentence for a person where nobody is there to do it. What it gives goes to `sink`. */
  perform(request: SocketRequest, sink: Sink | null): Promise<Outcome<unknown>>;
  /** Where a file is written that appears when it is whole. */
  sinkTo(path: string): Promise<Sink>;
  /** What configures the server, a line each. */
  environment: readonly string[];
}

export const exit_codes = { done: 0, refused: 1, usage: 2 } as const;
export type ExitCode = (typeof exit_codes)[keyof typeof exit_codes];

/** The command isn't understood, in a sentence. */
class UsageError extends Error {}

/** Runs the command and says how it ended. */
export async function runCommandLine(args: readonly string[], at: Workplace): Promise<ExitCode> {
  let ended: ExitCode = exit_codes.done;
  const program = programOf(at, (code) => {
    ended = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return ended;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit_codes.done : exit_codes.usage;
    at.complain(`orchard: ${plainly(error instanceof Error ? error.message : String(error))}\n`);
    return error instanceof UsageError ? exit_codes.usage : exit_codes.refused;
  }
}

function programOf(at: Workplace, end: (code: ExitCode) => void): Command {
  const program = settled(new Command("orchard"), at)
    .description("A realtime server for games consoles and community chat. Without a command it runs the server.")
    .addHelpText("after", "\nWhat configures the server, `orchard environment` lists.")
    .version(version, "--version", "shows the version");
  for (const [noun, doc] of Object.entries(nouns)) {
    const own = (operations as readonly OperationLiteral[]).filter((operation) => nounOf(operation) === noun);
    const group = settled(program.command(noun), at).description(doc);
    for (const operation of own) {
      const verb = verbOf(operation);
      fill(verb === null ? group : settled(group.command(verb), at), operation, at, end);
    }
  }
  addServerCommands(program, at);
  return program;
}

/** What is no operation: the first two are done before this is loaded, and stand here for the help. */
function addServerCommands(program: Command, at: Workplace): void {
  settled(program.command("backup"), at)
    .description("copies the database into one file, also while the server runs")
    .argument("<file>")
    .option("--force", "replaces a file that is there");
  settled(program.command("restore"), at)
    .description("puts such a copy in the database's place; the server must be stopped")
    .argument("<file>");
  settled(program.command("completions"), at)
    .description("prints what completes commands in a shell")
    .argument("<shell>", shells.join(", "))
    .action((shell: string) => {
      const script = completionsFor(shell);
      if (script === null) throw new UsageError(`there are completions for ${shells.join(", ")}`);
      at.write(script);
    });
  settled(program.command("environment"), at)
    .description("lists the variables that configure the server, ORCHARD_PORT and others")
    .action(() => {
      for (const line of at.environment) at.write(`${line}\n`);
    });
}

function settled(command: Command, { write, complain }: Workplace): Command {
  return command
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: complain })
    .helpOption("--help", "shows this")
    .helpCommand(false)
    .showHelpAfterError(`See ${pathOf(command)} --help.`);
}

/** The words by which it is given. */
function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** Makes the command of the operation's literal. */
function fill(command: Command, operation: OperationLiteral, at: Workplace, end: (code: ExitCode) => void): void {
  const placed = placedOf(operation);
  command.summary(summaryOf(operation)).description(operation.doc);
  for (const { word, doc } of placed) command.argument(`<${word}>`, doc);
  for (const { flags, doc } of [...optionsOf(operation), ...commonOptionsOf(operation)]) command.option(flags, doc);
  command.action(async (...given: unknown[]) => {
    const options = given.at(-2) as Record<string, unknown>;
    const input = await inputOf(operation, placed, given, options, at);
    const path = given[placed.findIndex(({ field }) => field === null)];
    await expectMeant(operation, given.slice(0, placed.length), options, at);
    const sink = typeof path === "string" ? await at.sinkTo(path) : null;
    const outcome = await at.perform({ operation: operation.name, input }, sink);
    if (!outcome.ok) await sink?.abandon();
    end(show(operation, outcome, options["json"] === true, at));
  });
}

async function inputOf(
  operation: OperationLiteral,
  placed: readonly Placed[],
  given: readonly unknown[],
  options: Record<string, unknown>,
  at: Terminal,
): Promise<Record<string, unknown>> {
  const by_place = placed.flatMap(({ field }, place) => (field === null ? [] : [[field, given[place]] as const]));
  const by_name = optionsOf(operation).map(({ field }) => [field, options[camel(field)]] as const);
  const texts = Object.fromEntries([...by_place, ...by_name].filter(([, value]) => value !== undefined));
  const input = fromTexts(operation.input, texts);
  expectReadable(operation, placed, input);
  const { secret } = operation;
  if (!secret || (secret.unless && input[secret.unless] === true)) return input;
  return { ...input, [secret.field]: await passwordFrom(at, options["passwordStdin"] === true) };
}

/** Whom a name means is found out by who has the accounts. */
function expectReadable({ input }: OperationLiteral, placed: readonly Placed[], read: Record<string, unknown>): void {
  for (const [field, shape] of fieldsIn(input)) {
    const wanted = field === "user_id" ? null : wantedIn(shape, read[field]);
    if (wanted === null) continue;
    const place = placed.find((one) => one.field === field);
    throw new UsageError(`${place ? `<${place.word}>` : `--${spelled(field)}`} wants ${wanted}`);
  }
}

async function passwordFrom(at: Terminal, from_stdin: boolean): Promise<string> {
  if (from_stdin) return at.readLine();
  if (!at.is_terminal) throw new UsageError("there is no terminal to ask for the password: use --password-stdin");
  const password = await at.askHidden("New password: ");
  if (password !== (await at.askHidden("Once more: "))) throw new Error("the two are not the same");
  return password;
}

/** Of what can't be had again, whoever gave the command says so once more. */
async function expectMeant(
  { destroys, name }: OperationLiteral,
  given: readonly unknown[],
  options: Record<string, unknown>,
  at: Terminal,
) {
  if (!destroys || options["yes"] === true) return;
  const what = plainly([name.replace(".", " "), ...given].join(" "));
  if (!at.is_terminal) throw new UsageError(`${what} can't be undone: without a terminal it wants --yes`);
  if (!/^y(es)?$/i.test(await at.ask(`${what} can't be undone. Do it? [y/N] `))) throw new Error("nothing was done");
}

function show({ prints }: OperationLiteral, outcome: Outcome<unknown>, as_json: boolean, at: Terminal): ExitCode {
  if (!outcome.ok) {
    const { code, message, details } = outcome.error;
    if (as_json) at.write(`${documentOf({ success: false, code, message, ...(details && { details }) })}\n`);
    else at.complain(`orchard: ${plainly(message)}\n`);
    return exit_codes.refused;
  }
  const answer = outcome.value as Record<string, unknown>;
  if (as_json) at.write(`${documentOf({ success: true, ...answer })}\n`);
  else at.write(`${textOf(answer, prints)}\n`);
  return exit_codes.done;
}

function textOf(answer: Record<string, unknown>, prints: string | undefined): string {
  const one = prints === undefined ? null : answer[prints];
  return typeof one === "string" ? one : tableOf(answer);
}

function camel(field: string): string {
  return field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}
