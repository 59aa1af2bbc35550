// Mentions as they are sent, `<@5>`, and as people write and read them, `@alice`: users, roles and channels by their
// names. What stands in code is left alone. A program keeps one of these for each client.

import type { Client } from "./client.ts";
import { outsideCode } from "./code-parts.ts";
import { channelsNamed, peopleOf, rolesOf, shownName, userName, type WritingPlace } from "./mention-names.ts";

/** A piece of a text as it is to be shown; `name` is null where nobody knows it. */
export type TextPart =
  | { kind: "text" | "code"; text: string }
  | { kind: "user"; text: string; id: number; name: string | null }
  | { kind: "role"; text: string; id: number; name: string | null; color: string | null }
  | { kind: "channel"; text: string; id: number; name: string }
  | { kind: "all"; text: "@everyone" | "@here" };

/** What a name stands for. */
export interface Meant {
  kind: "user" | "role";
  id: number;
}

const SENT = /<@(&?)([1-9]\d{0,15})>/g;
const SHOWN =
  /<@(?<role>&?)(?<id>[1-9]\d{0,15})>|(?<![\p{L}\p{M}\p{N}_@.-])@(?<all>everyone|here)(?![\p{L}\p{M}\p{N}_])|(?<=^|[\s(])#(?<channel>[\p{L}\p{M}\p{N}_-]{1,100})/gu;
/** Where a name may begin. */
const SIGN = /(?<![\p{L}\p{N}_])@/gu;
const USER_NAME = /^[\p{L}\p{M}\p{N}_.-]{2,32}/u;
const IN_WORD = /^[\p{L}\p{M}\p{N}_]/u;
/** Names that were chosen and are remembered. */
const MOST_CHOSEN = 1_000;

const folded = (name: string) => name.toLowerCase();

export class Mentions {
  readonly #client: Client;
  /** By name, whether or not they are loaded, the latest last. */
  readonly #chosen = new Map<string, Meant>();

  constructor(client: Client) {
    this.#client = client;
  }

  /** From now on the name stands for just that, however many others have it. */
  choose(name: string, meant: Meant): void {
    this.#chosen.delete(folded(name));
    this.#chosen.set(folded(name), meant);
    const [oldest] = this.#chosen.keys();
    if (this.#chosen.size > MOST_CHOSEN && oldest !== undefined) this.#chosen.delete(oldest);
  }

  /** A message's text in pieces, with the names of whom and what it mentions. */
  parts(content: string, place: WritingPlace): TextPart[] {
    const parts: TextPart[] = [];
    let code_from = 0;
    const put = (kind: "text" | "code", text: string) => text && parts.push({ kind, text });
    outsideCode(content, (plain, at) => {
      put("code", content.slice(code_from, at));
      let from = 0;
      for (const match of plain.matchAll(SHOWN)) {
        const part = this.#part(match, place);
        if (!part) continue;
        put("text", plain.slice(from, match.index));
        parts.push(part);
        from = match.index + match[0].length;
      }
      put("text", plain.slice(from));
      code_from = at + plain.length;
      return plain;
    });
    return parts;
  }

  /** A message's text as its author would write it, to be edited; who isn't known stays as they were sent. */
  written(content: string, place: WritingPlace): string {
    const { cache } = this.#client;
    return outsideCode(content, (part) =>
      part.replace(SENT, (whole, role, digits) => {
        const meant: Meant = { kind: role ? "role" : "user", id: Number(digits) };
        const name = role
          ? rolesOf(cache, place).find(({ id }) => id === meant.id)?.name
          : userName(cache, place, meant.id);
        if (!name) return whole;
        this.choose(name, meant);
        return `@${name}`;
      }),
    );
  }

  /** What was written, as it is sent; a name that nobody has there stays as it is. */
  sent(text: string, place: WritingPlace): string {
    const roles = rolesOf(this.#client.cache, place);
    return outsideCode(text, (part) => {
      let [result, from] = ["", 0];
      for (const { index } of part.matchAll(SIGN)) {
        if (index < from) continue;
        const found = this.#meantBy(part.slice(index + 1), roles, place);
        if (!found) continue;
        result += `${part.slice(from, index)}<@${found.meant.kind === "role" ? "&" : ""}${found.meant.id}>`;
        from = index + 1 + found.length;
      }
      return result + part.slice(from);
    });
  }

  #part({ 0: text, groups = {} }: RegExpExecArray, place: WritingPlace): TextPart | null {
    const { cache } = this.#client;
    if (groups["all"]) return { kind: "all", text: text as "@everyone" | "@here" };
    if (groups["channel"]) {
      const [id, ...others] = channelsNamed(cache, place, groups["channel"]);
      return id === undefined || others.length > 0 ? null : { kind: "channel", text, id, name: groups["channel"] };
    }
    const id = Number(groups["id"]);
    if (!groups["role"]) return { kind: "user", text, id, name: shownName(cache, place, id) };
    const role = rolesOf(cache, place).find((one) => one.id === id);
    return { kind: "role", text, id, name: role?.name ?? null, color: role?.color ?? null };
  }

  /** The longest name at the beginning of the text, and whom it means. */
  #meantBy(
    text: string,
    roles: ReturnType<typeof rolesOf>,
    place: WritingPlace,
  ): { meant: Meant; length: number } | null {
    const user = this.#userAt(text, place);
    const fits = roles
      .filter(({ name }) => isAtStart(name, text))
      .sort((one, other) => other.name.length - one.name.length);
    const [role] = fits;
    if (!role || (user && user.length > role.name.length)) return user;
    const chosen = this.#chosen.get(folded(role.name));
    if (user && user.length === role.name.length && chosen?.kind !== "role") return user;
    const id = chosen?.kind === "role" ? chosen.id : role.id;
    return { meant: { kind: "role", id }, length: role.name.length };
  }

  #userAt(text: string, place: WritingPlace): { meant: Meant; length: number } | null {
    const [name = ""] = USER_NAME.exec(text) ?? [];
    // A full stop may end the sentence, or belong to the name.
    for (let length = name.length; length >= 2; length -= 1) {
      const id = this.#userNamed(folded(name.slice(0, length)), place);
      if (id !== null) return { meant: { kind: "user", id }, length };
      if (!/[.-]/.test(name[length - 1] ?? "")) return null;
    }
    return null;
  }

  #userNamed(name: string, place: WritingPlace): number | null {
    const chosen = this.#chosen.get(name);
    if (chosen?.kind === "user") return chosen.id;
    for (const one of peopleOf(this.#client.cache, place)) if (folded(one.name) === name) return one.user_id;
    return null;
  }
}

function isAtStart(name: string, text: string): boolean {
  return folded(text.slice(0, name.length)) === folded(name) && !IN_WORD.test(text.slice(name.length));
}
