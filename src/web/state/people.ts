// People by their id: a member of the server at hand, somebody known, or a stranger, who is asked for once. What comes
// back is the same value as long as nothing in it changed.

import { computed, type ReadonlySignal, signal } from "@preact/signals";
import type { Message, User } from "../../protocol/community/entities.ts";
import { words } from "../words.ts";
import { client, membersOf, serverOfMessage, userOf } from "./cache.ts";

export interface Person {
  id: number;
  name: string;
  picture: string | null;
  status: string | null;
  playing: string | null;
  custom_status: string | null;
  bot: boolean;
}

/** Those of whom the cache keeps nothing. */
const strangers = signal<ReadonlyMap<number, User>>(new Map());
const people = new Map<string, ReadonlySignal<Person>>();

export function personOf(id: number, server_id = 0): Person {
  const key = `${server_id}:${id}`;
  const known = people.get(key);
  if (known) return known.value;
  let last: Person | null = null;
  const made = computed(() => {
    const next = lookUp(id, server_id);
    if (last && isSame(last, next)) return last;
    last = next;
    return next;
  });
  people.set(key, made);
  return made.value;
}

function lookUp(id: number, server_id: number): Person {
  const member = server_id ? membersOf(server_id)?.get(id) : undefined;
  const user = userOf(id) ?? strangers.value.get(id);
  if (!member && !user) want(id);
  return {
    id,
    name: member?.nickname ?? user?.name ?? member?.name ?? "",
    picture: user?.profile_pic ?? member?.profile_pic ?? null,
    status: user?.status ?? member?.status ?? null,
    playing: user?.playing ?? null,
    custom_status: user?.custom_status ?? null,
    bot: user?.bot ?? member?.bot ?? false,
  };
}

const isSame = (one: Person, other: Person) =>
  (Object.keys(one) as (keyof Person)[]).every((name) => one[name] === other[name]);

export const nameOf = (id: number, server_id = 0) => personOf(id, server_id).name || words.talk.unknown_person;

/** What is shown of who wrote a message. */
interface Author extends Pick<Person, "name" | "picture" | "bot"> {
  webhook: boolean;
}

export function authorOf(message: Pick<Message, "author" | "author_id" | "server_id">): Author {
  const { author, author_id } = message;
  if (author) return { name: author.name, picture: author.profile_pic, bot: false, webhook: true };
  return { ...personOf(author_id, serverOfMessage(message)), webhook: false };
}

export const authorName = (message: Parameters<typeof authorOf>[0]): string =>
  authorOf(message).name || words.talk.unknown_person;

const MOST = 100;
const asked = new Set<number>();
let wanted: number[] = [];

function want(id: number): void {
  if (asked.has(id)) return;
  asked.add(id);
  if (wanted.length === 0) queueMicrotask(askAll);
  wanted.push(id);
}

function askAll(): void {
  const mine = client.value;
  const ids = wanted;
  wanted = [];
  for (let from = 0; mine && from < ids.length; from += MOST) {
    const user_ids = ids.slice(from, from + MOST);
    mine.ask("get_users", { user_ids }).then(
      ({ users }) => {
        const known = new Map(strangers.value);
        for (const user of users) known.set(user.id, user);
        strangers.value = known;
      },
      () => {
        for (const id of user_ids) asked.delete(id);
      },
    );
  }
}
