// The command line: `orchard <noun> <verb>`, made of the operations' literals. It asks the server that runs, or opens the
// database itself where none does. 0: done; 1: refused, with a sentence; 2: not understood.
// Loaded only where somebody gives such a command. Must not take a password as an argument: others see those.

import { Command, CommanderError } from "commander";
import { version } from "../../../package.json";
import type { Outcome } from "../../protocol/outcome.ts";
import { nouns, operations } from "../catalogue.ts";
import { argumentsOf, fieldOf, type OperationLiteral } from "../operation.ts";
import { type FieldShape, fieldsIn, fromTexts, kindOf } from "../texts.ts";
import { tableOf } from "./table.ts";
import type { SocketRequest } from "./unix-socket.ts";

/** What a command works with. */
export interface Terminal {
  /** Has it done; rejects with a sentence for a person where nobody is there to do it. */
  ask(request: SocketRequest): Promise<Outcome<unknown>>;
  write(text: string): void;
  complain(text: string): void;
  /** What configures the server, a line each. */
  environment: readonly string[];
}

export const exit_codes = { done: 0, refused: 1, usage: 2 } as const;
export type ExitCode = (typeof exit_codes)[keyof typeof exit_codes];

/** Runs the command and says how it ended. */
export async function runCommandLine(args: readonly string[], terminal: Terminal): Promise<ExitCode> {
  let ended: ExitCode = exit_codes.done;
  const program = programOf(terminal, (code) => {
    ended = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return ended;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit_codes.done : exit_codes.usage;
    terminal.complain(`orchard: ${error instanceof Error ? error.message : error}\n`);
    return exit_codes.refused;
  }
}

function programOf(terminal: Terminal, end: (code: ExitCode) => void): Command {
  const program = settled(new Command("orchard"), terminal).description(
    "A realtime server for games consoles and community chat.",
  );
  for (const [noun, doc] of Object.entries(nouns)) {
    const group = settled(program.command(noun), terminal).description(doc);
    for (const operation of operations as readonly OperationLiteral[]) {
      if (operation.command?.split(" ")[0] === noun) addCommand(group, operation, terminal, end);
    }
  }
  addServerCommands(program, terminal);
  return program;
}

/** What is no operation: it is done before the command line is loaded, and stands here for the help. */
function addServerCommands(program: Command, terminal: Terminal): void {
  const { write, environment } = terminal;
  settled(program.command("backup"), terminal)
    .description("copies the database into one file, also while the server runs")
    .argument("<file>")
    .option("--force", "replaces a file that is there");
  settled(program.command("restore"), terminal)
    .description("puts such a copy in the database's place; the server must be stopped")
    .argument("<file>");
  settled(program.command("environment"), terminal)
    .description("lists the variables that configure the server")
    .action(() => {
      for (const line of environment) write(`${line}\n`);
    });
  program.addHelpText("before", `orchard ${version}\n`);
  program.addHelpText(
    "after",
    "\nWithout a command it runs the server, as its environment says: ORCHARD_PORT and more, see `orchard environment`.",
  );
}

function settled(command: Command, { write, complain }: Terminal): Command {
  return command
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: complain })
    .helpOption("--help", "shows this")
    .helpCommand(false)
    .showHelpAfterError("See orchard --help.");
}

function addCommand(group: Command, operation: OperationLiteral, terminal: Terminal, end: (code: ExitCode) => void) {
  const verb = operation.command?.split(" ")[1] ?? "";
  const command = settled(group.command(verb), terminal).summary(summaryOf(operation)).description(operation.doc);
  const shapes = new Map(fieldsIn(operation.input));
  const words = argumentsOf(operation).map((word) => ({ word, field: fieldOf(operation, word) }));
  for (const { word, field } of words) command.argument(`<${wordOf(word, shapes.get(field))}>`, docOf(field, shapes));
  const positional = new Set(words.map(({ field }) => field));
  for (const [field, shape] of shapes) {
    if (!positional.has(field)) command.option(optionOf(field, shape), shape.description);
  }
  command.option("--json", "prints the answer as one JSON document");
  command.action(async (...given: unknown[]) => {
    const options = given.at(-2) as Record<string, unknown>;
    const placed = Object.fromEntries(words.map(({ field }, at) => [field, given[at]]));
    const named = Object.fromEntries([...shapes.keys()].map((field) => [field, options[camel(field)]]));
    const input = fromTexts(operation.input, { ...present(named), ...placed });
    const outcome = await terminal.ask({ operation: operation.name, input });
    end(show(outcome, options["json"] === true, terminal));
  });
}

function show(outcome: Outcome<unknown>, as_json: boolean, { write, complain }: Terminal): ExitCode {
  if (!outcome.ok) {
    const { code, message, details } = outcome.error;
    if (as_json) write(`${JSON.stringify({ success: false, code, message, ...(details && { details }) })}\n`);
    else complain(`orchard: ${message}\n`);
    return exit_codes.refused;
  }
  const answer = { success: true, ...(outcome.value as object) };
  write(as_json ? `${JSON.stringify(answer)}\n` : `${tableOf(outcome.value as Record<string, unknown>)}\n`);
  return exit_codes.done;
}

/** How the help names what stands in a place. */
function wordOf(word: string, shape: FieldShape | undefined): string {
  if (shape && kindOf(shape) === "boolean") return "on|off";
  return word.toLowerCase();
}

/** The first sentence, as a line of a list. */
function summaryOf({ doc }: OperationLiteral): string {
  const [first = ""] = doc.split(/[.:](?:\s|$)/);
  return first.charAt(0).toLowerCase() + first.slice(1);
}

function docOf(field: string, shapes: ReadonlyMap<string, FieldShape>): string {
  return field === "user_id" ? "a name, or id:123" : (shapes.get(field)?.description ?? "");
}

function optionOf(field: string, shape: FieldShape): string {
  const name = `--${field.replaceAll("_", "-")}`;
  return kindOf(shape) === "boolean" ? name : `${name} <${kindOf(shape) === "string" ? "text" : "number"}>`;
}

function camel(field: string): string {
  return field.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
