// Which parts of a text are code, as the server has it: between runs of as many backticks, and between fences. In code
// nobody is mentioned.

/** A line that opens or closes a fence: three or more of the same, and not more backticks behind those that open. */
const FENCE = /^ {0,3}(`{3,}(?!`)(?!.*`)|~{3,})(.*)$/;
const ESCAPED_OR_RUN = /\\[\\`]|`+/g;
/** Stands for each character of code; no message has it. */
const CODE = "\0";

/** The text with what is no code changed; `at` is where such a part begins. */
export function outsideCode(text: string, change: (part: string, at: number) => string): string {
  const marked = withCodeMarked(text);
  let [result, from] = ["", 0];
  for (const { 0: code, index } of marked.matchAll(/\0+/g)) {
    const end = index + code.length;
    result += change(text.slice(from, index), from) + text.slice(index, end);
    from = end;
  }
  return result + change(text.slice(from), from);
}

/** As long as the text, with a mark in the place of each character of code. */
function withCodeMarked(text: string): string {
  return text.includes("`") || text.includes("~~~") ? spansMarked(fencesMarked(text)) : text;
}

function fencesMarked(text: string): string {
  let open: string | null = null;
  const lines = text.split("\n").map((line) => {
    const [, fence, rest] = FENCE.exec(line) ?? [];
    const is_code = open !== null || fence !== undefined;
    if (open === null) open = fence ?? null;
    else if (fence?.startsWith(open) && rest?.trim() === "") open = null;
    return is_code ? CODE.repeat(line.length) : line;
  });
  return lines.join("\n");
}

/** A run of backticks without another as long behind it is text. */
function spansMarked(text: string): string {
  const runs = [...text.matchAll(ESCAPED_OR_RUN)];
  const last_of = new Map<number, number>();
  for (const [at, [run]] of runs.entries()) if (run.startsWith("`")) last_of.set(run.length, at);
  let [result, from, opened] = ["", 0, 0];
  for (const [at, { 0: run, index }] of runs.entries()) {
    if (opened > 0) {
      // Within code a backslash is one.
      const closes = run.startsWith("`") ? run.length === opened : run === "\\`" && opened === 1;
      if (!closes) continue;
      result += CODE.repeat(index + run.length - from);
      [from, opened] = [index + run.length, 0];
    } else if (run.startsWith("`") && (last_of.get(run.length) ?? at) > at) {
      result += text.slice(from, index);
      [from, opened] = [index, run.length];
    }
  }
  return result + (opened > 0 ? CODE.repeat(text.length - from) : text.slice(from));
}
