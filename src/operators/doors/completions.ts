// What completes commands in a shell, made of the operations' literals. The scripts ask nobody: they hold every noun,
// verb and option. Where the name of an account stands, nothing is proposed.

import { nouns, operations } from "../catalogue.ts";
import type { OperationLiteral } from "../operation.ts";
import { commonOptionsOf, nounOf, optionsOf, placedOf, summaryOf, verbOf } from "./command-words.ts";

export const shells = ["bash", "zsh", "fish"] as const;
type Shell = (typeof shells)[number];

/** What may follow these words. */
interface Place {
  words: readonly string[];
  proposals: readonly { word: string; doc: string }[];
  /** A file may stand there. */
  takes_file: boolean;
}

/** The script for the shell, null for one that isn't known. */
export function completionsFor(shell: string): string | null {
  const writer = Object.hasOwn(writers, shell) ? writers[shell as Shell] : null;
  return writer ? writer(places()) : null;
}

const writers: Record<Shell, (places: Place[]) => string> = { bash, zsh, fish };

const others: readonly { word: string; doc: string; file: boolean; follows: { word: string; doc: string }[] }[] = [
  {
    word: "backup",
    doc: "copies the database into one file",
    file: true,
    follows: [{ word: "--force", doc: "replaces a file that is there" }],
  },
  { word: "restore", doc: "puts such a copy in the database's place", file: true, follows: [] },
  {
    word: "completions",
    doc: "prints what completes commands in a shell",
    file: false,
    follows: shells.map((word) => ({ word, doc: `for ${word}` })),
  },
  { word: "environment", doc: "lists the variables that configure the server", file: false, follows: [] },
];

function places(): Place[] {
  const all: readonly OperationLiteral[] = operations;
  const help = { word: "--help", doc: "shows help" };
  const of_nouns = Object.entries(nouns).flatMap(([noun, doc]) => {
    const own = all.filter((operation) => nounOf(operation) === noun);
    const verbs = own.flatMap((one) => {
      const verb = verbOf(one);
      return verb === null ? [] : [{ word: verb, doc: summaryOf(one) }];
    });
    const group: Place[] = verbs.length > 0 ? [{ words: [noun], proposals: [...verbs, help], takes_file: false }] : [];
    return [{ noun, doc, places: [...group, ...own.map(placeOf)] }];
  });
  const first = [
    ...of_nouns.map(({ noun, doc }) => ({ word: noun, doc })),
    ...others.map(({ word, doc }) => ({ word, doc })),
  ];
  return [
    { words: [], proposals: [...first, help, { word: "--version", doc: "shows the version" }], takes_file: false },
    ...of_nouns.flatMap((one) => one.places),
    ...others.map(({ word, file, follows }) => ({ words: [word], proposals: [...follows, help], takes_file: file })),
  ];
}

function placeOf(operation: OperationLiteral): Place {
  const verb = verbOf(operation);
  const options = [...optionsOf(operation), ...commonOptionsOf(operation)].map(({ flags, doc }) => {
    return { word: flags.split(" ")[0] ?? "", doc };
  });
  const choices = placedOf(operation).flatMap(({ word }) => (word.includes("|") ? word.split("|") : []));
  return {
    words: verb === null ? [nounOf(operation)] : [nounOf(operation), verb],
    proposals: [...choices.map((word) => ({ word, doc: "" })), ...options, { word: "--help", doc: "shows help" }],
    takes_file: placedOf(operation).some(({ field }) => field === null),
  };
}

/** By what precedes, the words that may follow. */
function cases(all: readonly Place[], word: (proposal: { word: string; doc: string }) => string): string {
  return all
    .filter(({ words }) => words.length > 0)
    .toSorted((one, other) => other.words.length - one.words.length)
    .map(({ words, proposals, takes_file }) => {
      const pattern = words.length > 1 ? `"${words.join(" ")}"*` : `"${words[0]} "*`;
      return `    ${pattern}) words=(${proposals.map(word).join(" ")}); files=${takes_file ? 1 : 0} ;;`;
    })
    .join("\n");
}

function bash(all: Place[]): string {
  const first = all[0]?.proposals.map(({ word }) => word).join(" ") ?? "";
  return `# Completions of orchard for bash: source <(orchard completions bash)
_orchard() {
  local current="\${COMP_WORDS[COMP_CWORD]}" before="" words=(${first}) files=0
  (( COMP_CWORD > 1 )) && before="\${COMP_WORDS[*]:1:COMP_CWORD-1} "
  case "$before" in
${cases(all, ({ word }) => word)}
  esac
  local IFS=$'\n'
  COMPREPLY=($(compgen -W "\${words[*]}" -- "$current"))
  (( files )) && COMPREPLY+=($(compgen -f -- "$current"))
}
complete -o filenames -F _orchard orchard
`;
}

function zsh(all: Place[]): string {
  const said = ({ word, doc }: { word: string; doc: string }) => quoted(`${word}:${doc.replaceAll(":", " ")}`);
  const first = all[0]?.proposals.map(said).join(" ") ?? "";
  return `#compdef orchard
# Completions of orchard for zsh: orchard completions zsh > "\${fpath[1]}/_orchard"
_orchard() {
  local before="" files=0
  local -a words_before proposals
  words_before=("\${words[@]:1:$((CURRENT - 2))}")
  (( CURRENT > 2 )) && before="\${words_before[*]} "
  local -a options=(${first})
  case "$before" in
${cases(all, said).replaceAll("words=(", "options=(")}
  esac
  _describe orchard options
  (( files )) && _files
}
if [[ "$funcstack[1]" = _orchard ]]; then _orchard "$@"; else compdef _orchard orchard; fi
`;
}

function fish(all: Place[]): string {
  const lines = all.flatMap(({ words, proposals, takes_file }) => {
    const when = `__orchard_after ${words.length === 0 ? "''" : words.join(" ")}`;
    const rest = takes_file ? [`complete -c orchard -n ${quoted(when)} -F`] : [];
    return [
      ...proposals.map(
        ({ word, doc }) => `complete -c orchard -n ${quoted(when)} -a ${quoted(word)} -d ${quoted(doc)}`,
      ),
      ...rest,
    ];
  });
  return `# Completions of orchard for fish: orchard completions fish > ~/.config/fish/completions/orchard.fish
function __orchard_after
  set -l before (commandline -opc)[2..-1]
  if test -z "$argv[1]"
    test (count $before) -eq 0
    return
  end
  test (count $before) -ge (count $argv); or return 1
  test "$before[1..$(count $argv)]" = "$argv"
end
complete -c orchard -f
${lines.join("\n")}
`;
}

/** As one word, in each of the shells. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
