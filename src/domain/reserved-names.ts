// Names that are nobody's to take, in whatever letters they are written. Pure.

import { nameKey } from "./names.ts";
import { normalized } from "./normal-form.ts";

/** They would pass for somebody else: everybody at once, or who runs the server. */
const RESERVED: ReadonlySet<string> = new Set(["everyone", "here", "admin", "administrator", "system"]);

/** By letter of the Latin alphabet: what passes for it, of other scripts and of those who write Latin otherwise. */
const PASSES_FOR = {
  a: "4аαɑᴀɐⱥꓮꭺᗩⲁ",
  b: "в",
  c: "с",
  d: "ԁᴅđɗɖᵭꓓꭰꮷᗪ",
  e: "3еεᴇɛɘǝꓰꭼᗴⲉ",
  h: "һнհʜħɦⱨꓧꮋꮒᕼⲏ",
  i: "1lіїιӏɪɩǀɨᵻꓲꭵꮖⲓ",
  j: "ј",
  k: "кκ",
  m: "мμᴍɱᶆᵯꓟꮇᗰⲙ",
  n: "пηոɴɲɳƞŋᵰꓠꮑᑎⲛ",
  o: "0оοօᴏɔøɵꓳꭴᗝⲟ",
  p: "рρ",
  q: "ԛ",
  r: "гʀɍɽᵲꓣꭱꮢᖇ",
  s: "5ѕꜱƨʂᵴꟊꓢꮥꮪᔕ",
  t: "7тτᴛŧƭʈⱦꓔꭲⲧ",
  u: "υս",
  v: "ѵνᴠʋꓦꮩᐯ",
  w: "ԝ",
  x: "хχ",
  y: "уγʏүɏƴꓬꭹꮍⲩ",
};
const LOOKALIKES = new Map(
  Object.entries(PASSES_FOR).flatMap(([latin, others]) => [...others].map((other) => [other, latin])),
);
const SEPARATORS_AND_MARKS = /[._\p{M}-]/gu;

/** Whether the name, or what it looks like, is nobody's to take; who has it keeps it. */
export function isReserved(name: string): boolean {
  const letters = normalized(nameKey(name), "NFD").replace(SEPARATORS_AND_MARKS, "");
  const seen = [...letters]
    .map((letter) => LOOKALIKES.get(letter) ?? letter)
    .join("")
    .replaceAll("rn", "m");
  return RESERVED.has(seen) || RESERVED.has(letters);
}
