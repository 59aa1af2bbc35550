// The accounts as they are configured: which secret signs, what a hash costs, how often one may try.

import type { Store } from "../db/store.ts";
import type { Follower, Texts } from "../db/upkeep/following.ts";
import { keptText } from "../db/upkeep/kept-texts.ts";
import type { Pools } from "../domain/pools.ts";
import type { Accounts, AccountsDependencies } from "./accounts.ts";
import { type Arrivals, startArrivals } from "./arrivals.ts";
import { createAuthenticator } from "./authenticator.ts";
import { callsOfBots } from "./calls-of-bots.ts";
import { callsOfLinks } from "./calls-of-links.ts";
import { callsOfMail } from "./calls-of-mail.ts";
import { callsOfStrangers } from "./calls-of-strangers.ts";
import { callsOfUsers } from "./calls-of-users.ts";
import { createGuesses } from "./guesses.ts";
import { createLoginUse } from "./login-use.ts";
import { createPasswordChecks } from "./password-checks.ts";
import { createPasswords } from "./passwords.ts";
import { createPlaces } from "./places.ts";
import { callsOfPush } from "./push/calls-of-push.ts";
import { type Removals, type RemovalsDependencies, startRemovals } from "./removals.ts";
import { type FormerSecret, type RotatingTokens, rotatingTokens } from "./rotating-tokens.ts";
import type { Throttles } from "./throttle.ts";

export interface AccountSettings {
  /** Null: made at the first start and kept in the database. */
  jwt_secret: string | null;
  password_memory_kib: number;
}

export type AccountServices = Pick<
  AccountsDependencies,
  "settings" | "actors" | "commit" | "ids" | "clock" | "log" | "mailer" | "push"
> &
  Pick<RemovalsDependencies, "pause" | "clearUploads" | "duty" | "onFault"> & {
    store: AccountsDependencies["store"] & RemovalsDependencies["store"] & Pick<Store, "settings" | "hashParameters">;
    throttleOf: Throttles;
    pools: Pick<Pools, "hashes">;
  };

/** Where the secrets are kept that sign tokens, and those that did. */
export const SECRET = "jwt_secret";
export const FORMER_SECRETS = "former_jwt_secrets";

/** What operations on accounts are made of, too. */
export type AccountParts = Pick<AccountsDependencies, "passwords" | "guesses" | "authenticator" | "arrivals"> & {
  tokens: RotatingTokens;
  /** Whether the environment says which secret signs. */
  has_fixed_secret: boolean;
};

export interface OpenedAccounts {
  accounts: Accounts;
  parts: AccountParts;
  removals: Removals;
  arrivals: Arrivals;
  /** Follows what other processes have sign; null where the environment says it. */
  secrets: Follower | null;
}

export async function openAccounts(
  { jwt_secret, password_memory_kib }: AccountSettings,
  services: AccountServices,
): Promise<OpenedAccounts> {
  const { store, clock, throttleOf, pools } = services;
  const [secret, kept, passwords] = await Promise.all([
    jwt_secret ?? keptText(store, SECRET),
    jwt_secret === null ? store.settings.get(FORMER_SECRETS) : null,
    createPasswordChecks(createPasswords(password_memory_kib, pools.hashes), store.hashParameters),
  ]);
  const tokens = rotatingTokens(secret, formerIn(kept), clock);
  const authenticator = createAuthenticator({ store, tokens, clock, use: createLoginUse({ store, clock }) });
  const goOn = () => void services.actors.tell("upkeep", "noted", { work: "removals" });
  const removals = startRemovals({ ...services, passwords, goOn });
  const arrivals = startArrivals(services);
  const on: AccountsDependencies = {
    ...services,
    ...{ goOn, arrivals, tokens, authenticator, passwords },
    placeOf: createPlaces(secret),
    guesses: createGuesses(services.actors, throttleOf),
    throttles: {
      login_address: throttleOf("login_per_address", "login_address"),
      register_address: throttleOf("register_per_address", "register_address"),
      mail_person: throttleOf("mails_per_person", "mail"),
      mail_address: throttleOf("mail_asks_per_address", "mail_address"),
    },
  };
  const of_strangers = { ...callsOfStrangers(on), ...callsOfLinks(on) };
  const calls = { ...of_strangers, ...callsOfUsers(on), ...callsOfMail(on), ...callsOfBots(on), ...callsOfPush(on) };
  return {
    accounts: { ...authenticator, ...calls },
    parts: { ...on, tokens, has_fixed_secret: jwt_secret !== null },
    ...{ removals, arrivals },
    // What the environment says stands.
    secrets: jwt_secret === null ? tokens.following([SECRET, FORMER_SECRETS], secretsIn) : null,
  };
}

function secretsIn(texts: Texts): { secret: string; former: FormerSecret[] } | null {
  const secret = texts.get(SECRET);
  return secret === undefined ? null : { secret, former: formerIn(texts.get(FORMER_SECRETS)) };
}

const formerIn = (kept: string | null | undefined): FormerSecret[] => (kept ? JSON.parse(kept) : []);
