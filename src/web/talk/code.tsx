// A block of code, in colours once what reads its language is loaded.

import { useEffect, useState } from "preact/hooks";
import type { Piece } from "./highlighting.ts";

export function Code({ text, language }: { text: string; language: string }) {
  const [pieces, setPieces] = useState<Piece[] | null>(null);
  useEffect(() => {
    let is_wanted = language !== "";
    if (is_wanted) {
      import("./highlighting.ts").then(
        ({ piecesOf }) => is_wanted && setPieces(piecesOf(text, language)),
        () => {},
      );
    }
    return () => {
      is_wanted = false;
    };
  }, [text, language]);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the page is scrolled by keyboard, too.
    <pre tabIndex={0} dir="ltr">
      <code>{pieces ? pieces.map((piece, at) => <Colored key={at} piece={piece} />) : text}</code>
    </pre>
  );
}

function Colored({ piece }: { piece: Piece }) {
  if (typeof piece === "string") return <>{piece}</>;
  return (
    <span class={`hl-${piece.scope}`}>
      {piece.children.map((child, at) => (
        <Colored key={at} piece={child} />
      ))}
    </span>
  );
}
