// The types of the client's package. Where the client's own declarations take types of the protocol, which are inferred
// from schemas, they get these worked out: plain objects and unions, as a person would have written them.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import ts from "@typescript/typescript6";
import { root } from "./steps.ts";

/** Types by the name of what they belong to. Each becomes an interface, and is had by `alias<Name>`. */
const families = [
  { map: "Requests", alias: "Request", of: "MessageType" },
  { map: "Replies", alias: "ReplyBody", of: "MessageType" },
  { map: "Events", alias: "EventData", of: "EventType" },
  { map: "Pushes", alias: "PushBody", of: "PushType" },
  { map: "CallBodies", alias: "CallBody", of: "CallName" },
  { map: "CallReplies", alias: "CallReply", of: "CallName" },
] as const;

/** What each module of the protocol gives to the client's declarations, other than the families. */
type Taken = Map<string, Set<string>>;

/** What is worked out, as a module of its own beside the client's. */
const sourceOf = (taken: Taken) => `
import type { EventData, EventType } from "../protocol/community/events.ts";
import type { CallBody, CallName, CallReply } from "../protocol/http.ts";
import type { MessageType, ReplyBody, Request } from "../protocol/catalogue.ts";
import type { PushBody, PushType } from "../protocol/pushes.ts";
${[...taken].map(([module, names]) => `export type { ${[...names].join(", ")} } from "${module}";`).join("\n")}
${families.map(({ map, alias, of }) => `export type ${map} = { [Name in ${of}]: ${alias}<Name> };`).join("\n")}
`;

/** As `SyncedEvent` of the protocol's `sync.ts` is. */
const synced_event = `export type SyncedEvent<Name extends EventType = EventType> = {
  [N in Name]: { type: N; topic: string; seq: number; data: Events[N] };
}[Name];`;

const FROM_PROTOCOL = /\{([^{}]*)\} from "(\.\.\/protocol\/[^"]+)"/g;
const worded_apart: ReadonlySet<string> = new Set(["SyncedEvent", ...families.map(({ alias }) => alias)]);

/** Rewrites the declarations that the compiler made of `src/client` in this folder so that they stand alone. */
export async function standAlone(folder: string): Promise<void> {
  const taken: Taken = new Map([
    ["../protocol/community/events.ts", new Set(["EventType"])],
    ["../protocol/http.ts", new Set(["CallName"])],
    ["../protocol/catalogue.ts", new Set(["MessageType"])],
    ["../protocol/pushes.ts", new Set(["PushType"])],
  ]);
  for (const name of await readdir(folder)) {
    const file = Bun.file(join(folder, name));
    const text = await file.text();
    for (const [, list = "", module = ""] of text.matchAll(FROM_PROTOCOL)) {
      const names = list.split(",").map((one) => one.trim().replace(/^type |\s+as .*$/g, ""));
      const known = taken.get(module) ?? new Set();
      for (const one of names) if (one !== "" && !worded_apart.has(one)) known.add(one);
      if (known.size > 0) taken.set(module, known);
    }
    const alone = text.replace(/"\.\.\/protocol\/[^"]+"/g, '"./protocol.ts"');
    await file.write(alone.replace(/(from "\.\/[^"]+)\.ts"/g, '$1.js"'));
  }
  await Bun.write(join(folder, "protocol.d.ts"), protocolTypes(taken));
}

function protocolTypes(taken: Taken): string {
  const { checker, source } = checked(sourceOf(taken));
  const names = [...taken.values()].flatMap((of) => [...of]);
  const module = checker.getSymbolAtLocation(source);
  const exported = new Map(module ? checker.getExportsOfModule(module).map((symbol) => [symbol.name, symbol]) : []);
  const typeOf = (name: string): ts.Type => {
    const symbol = exported.get(name);
    if (!symbol) throw new Error(`the protocol has no type ${name}`);
    const is_alias = (symbol.flags & ts.SymbolFlags.Alias) !== 0;
    return checker.getDeclaredTypeOfSymbol(is_alias ? checker.getAliasedSymbol(symbol) : symbol);
  };
  const worded = (type: ts.Type) => checker.typeToString(type, source, flags);
  const fieldsOf = (type: ts.Type) =>
    checker.getPropertiesOfType(type).map((field) => {
      const optional = (field.flags & ts.SymbolFlags.Optional) === 0 ? "" : "?";
      return `  ${JSON.stringify(field.name)}${optional}: ${worded(checker.getTypeOfSymbol(field))};`;
    });
  const interfaceOf = (name: string) => `export interface ${name} {\n${fieldsOf(typeOf(name)).join("\n")}\n}`;
  return [
    "// What can be asked and what is told, worked out from the server's schemas; docs/protocol.md says what it means.",
    ...names.map((name) =>
      typeOf(name).isClassOrInterface() ? interfaceOf(name) : `export type ${name} = ${worded(typeOf(name))};`,
    ),
    ...families.map(({ map }) => interfaceOf(map)),
    ...families.map(({ map, alias, of }) => `export type ${alias}<Name extends ${of}> = ${map}[Name];`),
    synced_event,
    "",
  ].join("\n");
}

const flags =
  ts.TypeFormatFlags.NoTruncation |
  ts.TypeFormatFlags.InTypeAlias |
  ts.TypeFormatFlags.UseAliasDefinedOutsideCurrentScope;

/** The module, read by the compiler as if it stood beside the client's. */
function checked(source_text: string): { checker: ts.TypeChecker; source: ts.SourceFile } {
  const path = join(root, "src/client/worked-out.ts");
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [path] }, ts.sys, root);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === path || fileExists.call(host, name);
  host.getSourceFile = (name, version, ...more) =>
    name === path ? ts.createSourceFile(name, source_text, version) : getSourceFile.call(host, name, version, ...more);
  const program = ts.createProgram([path], options, host);
  const source = program.getSourceFile(path);
  const [fault] = program.getSemanticDiagnostics(source);
  if (!source || fault) throw new Error(fault ? ts.flattenDiagnosticMessageText(fault.messageText, "\n") : "no module");
  return { checker: program.getTypeChecker(), source };
}
