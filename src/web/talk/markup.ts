// What people write, read as markdown: into tokens, never into HTML, so that nothing of it can become an element that
// isn't meant. Links lead to the web and to mail only.

import type { Token } from "markdown-it";
import MarkdownIt from "markdown-it";

export interface Node {
  /** The element, or what it stands for. */
  kind: string;
  text: string;
  href: string;
  /** Of code, its language; of a list, where it starts. */
  info: string;
  id: number;
  children: Node[];
}

const OFF = ["image", "heading", "lheading", "hr", "reference", "html_block", "html_inline", "table", "entity"];
const SAFE_LINK = /^(?:https?:\/\/|mailto:)/i;

const reader = new MarkdownIt({ html: false, linkify: true, breaks: true });
reader.disable(OFF);
reader.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
reader.validateLink = (url: string) => SAFE_LINK.test(url);

const MENTION = /^<@(&?)([1-9]\d{0,15})>/;
const EVERYONE = /^@(?:everyone|here)(?![\p{L}\p{N}_])/u;
const CHANNEL = /^#([\p{L}\p{N}_-]{1,100})/u;

reader.inline.ruler.before("autolink", "mention", (state, is_silent) => {
  const [whole, role, id] = MENTION.exec(state.src.slice(state.pos, state.pos + 24)) ?? [];
  if (!whole) return false;
  if (!is_silent) state.push(role ? "role" : "mention", "", 0).content = id ?? "";
  state.pos += whole.length;
  return true;
});

const node = (kind: string, more: Partial<Node> = {}): Node => ({
  ...{ kind, text: "", href: "", info: "", id: 0, children: [] },
  ...more,
});

/** What stays of a text when it is asked for again. */
const read = new Map<string, Node[]>();
const REMEMBERED = 1_000;

export function markupOf(text: string): Node[] {
  const known = read.get(text);
  if (known) return known;
  const nodes = nested(reader.parse(text, {}));
  if (read.size >= REMEMBERED) read.delete(read.keys().next().value ?? "");
  read.set(text, nodes);
  return nodes;
}

/** Opening and closing tokens, as nodes with children. */
function nested(tokens: Token[]): Node[] {
  const root = node("root");
  const open = [root];
  for (const token of tokens) {
    const top = open.at(-1) ?? root;
    if (token.nesting === 1) {
      const made = node(token.type.replace(/_open$/, ""), {
        href: String(token.attrGet("href") ?? ""),
        info: String(token.attrGet("start") ?? ""),
      });
      // A tight list has no paragraphs.
      if (!token.hidden) top.children.push(made);
      open.push(token.hidden ? top : made);
    } else if (token.nesting === -1) open.pop();
    else top.children.push(...leavesOf(token));
  }
  return root.children;
}

function leavesOf({ type, content, info, children }: Token): Node[] {
  if (type === "inline") return nested(children ?? []);
  if (type === "mention" || type === "role") return [node(type, { id: Number(content) })];
  if (type === "text") return split(content);
  if (type === "fence" || type === "code_block")
    return [node("code", { text: content, info: info.trim().split(/\s/)[0] ?? "" })];
  if (type === "code_inline") return [node("code_inline", { text: content })];
  if (type === "softbreak" || type === "hardbreak") return [node("break")];
  return [node("text", { text: content })];
}

/** Plain text, with what looks like a channel or everyone taken out of it. */
function split(text: string): Node[] {
  const nodes: Node[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const sign = text[at];
    if ((sign !== "#" && sign !== "@") || (at > 0 && !/[\s(]/.test(text[at - 1] ?? ""))) continue;
    const rest = text.slice(at);
    const [whole] = (sign === "#" ? CHANNEL : EVERYONE).exec(rest) ?? [];
    if (!whole) continue;
    if (at > from) nodes.push(node("text", { text: text.slice(from, at) }));
    nodes.push(node(sign === "#" ? "channel" : "everyone", { text: whole }));
    from = at + whole.length;
    at = from - 1;
  }
  if (from < text.length) nodes.push(node("text", { text: text.slice(from) }));
  return nodes;
}

/** As one line without signs, for where there is little room. */
export function plainOf(text: string, nameOf: (id: number) => string, roleNameOf: (id: number) => string): string {
  const words = (nodes: Node[]): string =>
    nodes
      .map(({ kind, text, id, children }) => {
        if (kind === "mention") return `@${nameOf(id)}`;
        if (kind === "role") return `@${roleNameOf(id)}`;
        if (kind === "break") return " ";
        return text + words(children);
      })
      .join(nodes[0]?.kind === "paragraph" ? " " : "");
  return words(markupOf(text)).replace(/\s+/g, " ").trim();
}
