// Which parts of a text are code, as Markdown has it: between runs of as many backticks, and between fences. In code
// nobody is mentioned. One pass over the text, however it nests. Pure.

/** A line that opens or closes a fence: three or more of the same, and not more backticks behind those that open. */
const FENCE = /^ {0,3}(`{3,}(?!`)(?!.*`)|~{3,})(.*)$/;
const ESCAPED_OR_RUN = /\\[\\`]|`+/g;

/** The text with a blank for each piece of code; what delimits code may stay. */
export function withoutCode(text: string): string {
  if (!text.includes("`") && !text.includes("~~~")) return text;
  return withoutSpans(withoutFences(text));
}

function withoutFences(text: string): string {
  const kept: string[] = [];
  let open: string | null = null;
  for (const line of text.split("\n")) {
    const [, fence, rest] = FENCE.exec(line) ?? [];
    if (open === null) {
      open = fence ?? null;
      kept.push(open === null ? line : "");
    } else if (fence?.startsWith(open) && rest?.trim() === "") {
      open = null;
    }
  }
  return kept.join("\n");
}

/** A run of backticks without another as long behind it is text. */
function withoutSpans(text: string): string {
  const runs = [...text.matchAll(ESCAPED_OR_RUN)];
  const last_of = new Map<number, number>();
  for (const [at, [run]] of runs.entries()) if (run.startsWith("`")) last_of.set(run.length, at);
  let [result, from, opened] = ["", 0, 0];
  for (const [at, { 0: run, index }] of runs.entries()) {
    if (opened > 0) {
      // Within code a backslash is one.
      const closes = run.startsWith("`") ? run.length === opened : run === "\\`" && opened === 1;
      if (!closes) continue;
      [from, opened] = [index + run.length, 0];
    } else if (run.startsWith("`") && (last_of.get(run.length) ?? at) > at) {
      result += `${text.slice(from, index)}\` \``;
      opened = run.length;
    }
  }
  return opened > 0 ? result : result + text.slice(from);
}
