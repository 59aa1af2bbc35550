// Code in colours: what a language's words are, as pieces with their kind. Loaded when there is code to show.

import highlighter from "highlight.js/lib/common";

export type Piece = string | { scope: string; children: Piece[] };

/** As much of the highlighter's tree as is used. */
interface Tree {
  children: (string | (Tree & { scope?: string }))[];
}

/** Null for a language that isn't known. */
export function piecesOf(text: string, language: string): Piece[] | null {
  if (!highlighter.getLanguage(language)) return null;
  const { _emitter } = highlighter.highlight(text, { language, ignoreIllegals: true });
  return read((_emitter as unknown as { rootNode: Tree }).rootNode);
}

const read = ({ children }: Tree): Piece[] =>
  children.map((child) =>
    typeof child === "string" ? child : { scope: (child.scope ?? "").replace(/\W.*$/, ""), children: read(child) },
  );
