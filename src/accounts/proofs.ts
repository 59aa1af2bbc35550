// Whether who is logged in knows the password of the account, at the cost of a guess.

import { partyOf } from "../actors/parties.ts";
import { nameKey } from "../domain/names.ts";
import { crowded, failure, type Outcome, success } from "../protocol/outcome.ts";
import { type AccountsDependencies, type SignedIn, signedOut } from "./accounts.ts";

export type ProofDependencies = Pick<AccountsDependencies, "passwords" | "guesses" | "authenticator"> & {
  store: Pick<AccountsDependencies["store"], "users">;
};

/** Takes a guess; `rate_limited` where there were too many. */
export function mayGuess({ guesses }: ProofDependencies, { claims, account }: SignedIn): Promise<Outcome<null>> {
  return guesses.withLogin(claims.login, nameKey(account.user.name));
}

/** The hash that the password fits; `unauthorized` where it is wrong, or the login has ended. */
export async function proven(
  { store, passwords, authenticator }: ProofDependencies,
  password: string,
  { claims, address }: SignedIn,
): Promise<Outcome<string | null>> {
  const hash = (await store.users.credentials(claims.user_id))?.password_hash ?? null;
  const checked = await passwords.check(password, hash, partyOf(claims.user_id, address));
  if (checked === null) return crowded();
  // It has had its turns: whoever was logged out meanwhile learns nothing of the password.
  if (!(await authenticator.account(claims))) return signedOut();
  return checked.fits ? success(hash) : failure("unauthorized", "The password is wrong.", { path: "password" });
}
