// Bots: accounts that belong to another. None has a password; its one log-in is a token of which a hash is kept, and which
// doesn't expire.
// Must not judge who may have one: that is the accounts'.

import { and, asc, eq, isNull, type SQL, sql } from "drizzle-orm";
import { LAST_MOMENT_MS } from "../../domain/moments.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { logins, users } from "../schema/people.ts";
import { type AskedBy, type AskedByValues, askedBy, guard, isAlive, isStillLoggedIn } from "./guards.ts";
import { type MadeNote, notes } from "./made.ts";
import { isNameTaken } from "./profiles.ts";
import { mayLogIn, type SuspensionRow } from "./standing.ts";

export interface BotRow {
  id: number;
  name: string;
  profile_pic: string | null;
  created_at: number;
}

/** A token by its id, and the hash of it. */
export type BotToken = {
  login: number;
  token_hash: string;
};

export interface NewBot {
  id: number;
  owner_id: number;
  name: string;
  name_key: string;
  token: BotToken;
  note: MadeNote;
  /** Bots that the owner may have. */
  at_most: number;
  now: number;
}

/** `was`: the log-in of the token that ends, 0 where it has none. */
export type TokenReplacement = { bot_id: number; owner_id: number; was: number; token: BotToken; now: number };

type Owned = { bot_id: number; owner_id: number; was: number };

export type Bots = ReturnType<typeof botsOf>;

export function botsOf({ reads }: Access) {
  const queries = botQueries(reads);
  const statements = botStatements(reads);
  const noted = notes(reads);
  const isStored = async (login: number) => (await read(queries.token.get({ login }))) !== undefined;
  return {
    /** The owner's, in the order of their ids. */
    ofOwner: (owner_id: number): Promise<BotRow[]> => read(queries.ofOwner.all({ owner_id })),
    /** Null where it is nobody's or somebody else's. */
    async find(bot_id: number, owner_id: number): Promise<BotRow | null> {
      return (await read(queries.one.get({ bot_id, owner_id }))) ?? null;
    },
    /** Whose token it is, and its hash; null where it is no bot's. */
    async token(login: number): Promise<{ user_id: number; token_hash: string } | null> {
      const found = await read(queries.token.get({ login }));
      return found?.token_hash ? { user_id: found.user_id, token_hash: found.token_hash } : null;
    },
    /** Whether what is this user's may be there: they have an account, and may log in at `now`. */
    async ownerStands(owner_id: number, now: number): Promise<boolean> {
      return (await read(queries.stands.get({ owner_id, now }))) !== undefined;
    },
    /** Stale where the log-in that asks has ended, the nonce was used, or the owner has `at_most` bots already. */
    create(bot: NewBot, by: AskedBy): Write<"created" | "name_taken"> {
      const { token, note, at_most, ...user } = bot;
      return {
        job: [
          statements.guardRoom({ owner_id: bot.owner_id, at_most, ...askedBy(by) }),
          ...noted(note),
          statements.insert(user),
          statements.insertToken({ bot_id: bot.id, now: bot.now, ...token }),
        ],
        stored: () => "created",
        find: async () => ((await isStored(token.login)) ? "created" : null),
        refused: (constraint) => (isNameTaken(constraint) ? "name_taken" : undefined),
      };
    },
    /**
     * The log-in of the token that the owner's bot has, 0 where it has none, and how the bot may log in; null where it is
     * nobody's or another's.
     */
    async loginOf(bot_id: number, owner_id: number): Promise<(SuspensionRow & { login: number }) | null> {
      return (await read(queries.login.get({ bot_id, owner_id }))) ?? null;
    },
    /**
     * The bot's one token from now on. Stale where it is no bot of the owner's, is suspended, has another token by now, or
     * the log-in that asks has ended.
     */
    replaceToken({ token, now, ...owned }: TokenReplacement, by: AskedBy): Write<true> {
      return {
        job: [
          statements.guardOwned({ ...owned, now, ...askedBy(by) }),
          statements.removeTokens({ bot_id: owned.bot_id }),
          statements.insertToken({ bot_id: owned.bot_id, now, ...token }),
        ],
        stored: () => true,
        find: async () => ((await isStored(token.login)) ? true : null),
      };
    },
  };
}

const alive = isNull(users.deleted_at);
const ofOwner = and(eq(users.bot_owner_id, given("owner_id")), alive);

/** The bot's one log-in, 0 where it has none. */
const loginOf = (bot: SQL) => sql<number>`coalesce((select max(id) from logins where user_id = ${bot}), 0)`;

/** The user is a bot. */
export function isBot(user: SQL): SQL {
  return sql`exists (select 1 from ${users} where ${and(eq(users.id, user), sql`${users.bot_owner_id} is not null`)})`;
}

function botQueries(reads: Access["reads"]) {
  const { id, name, profile_pic, created_at, suspended_at, suspended_until, suspended_reason } = users;
  const bots = () => reads.select({ id, name, profile_pic, created_at }).from(users);
  return {
    ofOwner: bots().where(ofOwner).orderBy(asc(users.id)).prepare(),
    one: bots()
      .where(and(ofOwner, eq(users.id, given("bot_id"))))
      .prepare(),
    login: reads
      .select({ login: loginOf(sql`${users}.id`), suspended_at, suspended_until, suspended_reason })
      .from(users)
      .where(and(ofOwner, eq(users.id, given("bot_id"))))
      .prepare(),
    token: reads
      .select({ user_id: logins.user_id, token_hash: logins.token_hash })
      .from(logins)
      .where(eq(logins.id, given("login")))
      .prepare(),
    stands: reads
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, given("owner_id")), alive, mayLogIn("now")))
      .prepare(),
  };
}

function botStatements(reads: Access["reads"]) {
  const [owner, bot] = [given<number>("owner_id"), given<number>("bot_id")];
  const count = sql`(select count(*) from ${users} where ${ofOwner})`;
  const may_have_one = sql`exists (select 1 from ${users} where ${and(ofOwner, eq(users.id, bot), mayLogIn("now"))})`;
  const has_it = sql`${loginOf(bot)} = ${given("was")}`;
  return {
    guardRoom: guard<{ owner_id: number; at_most: number } & AskedByValues>(
      reads,
      sql`${isAlive(owner)} and not ${isBot(owner)} and ${isStillLoggedIn(owner)} and ${count} < ${given("at_most")}`,
    ),
    guardOwned: guard<Owned & { now: number } & AskedByValues>(
      reads,
      sql`${may_have_one} and ${has_it} and ${isStillLoggedIn(owner)}`,
    ),
    insert: template<Omit<NewBot, "token" | "note" | "at_most">>(
      reads.insert(users).values({
        id: given("id"),
        name: given("name"),
        name_key: given("name_key"),
        bot_owner_id: owner,
        last_online: given("now"),
        created_at: given("now"),
      }),
    ),
    insertToken: template<{ bot_id: number; now: number } & BotToken>(
      reads.insert(logins).values({
        id: given("login"),
        user_id: bot,
        created_at: given("now"),
        expires_at: LAST_MOMENT_MS,
        token_hash: given("token_hash"),
      }),
    ),
    removeTokens: template<{ bot_id: number }>(reads.delete(logins).where(eq(logins.user_id, bot))),
  };
}
