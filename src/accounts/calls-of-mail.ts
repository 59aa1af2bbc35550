// The calls by which people get letters: a link for who forgot the password, and what makes an address theirs. Whether
// there is such a name or address, neither the answer of `forgot` nor its time tells: all that depends on it is done
// after it. Where no mail is sent, all of them say so.

import { nobodys } from "../actors/commit/commit.ts";
import type { Addressee } from "../db/queries/emails.ts";
import { nameKey } from "../domain/names.ts";
import type { CallReply } from "../protocol/http.ts";
import { failure, type Outcome, success } from "../protocol/outcome.ts";
import { type Accounts, type AccountsDependencies, type SignedIn, tooOften } from "./accounts.ts";
import { answered } from "./answered.ts";
import { logAttempt } from "./attempts.ts";
import { withPassword } from "./calls-of-users.ts";
import { linkHash, newLink } from "./link-tokens.ts";
import { changeLetter, confirmLetter, resetLetter } from "./mail/letters.ts";
import type { Mailer } from "./mail/mailer.ts";

const no_mail = () => failure("unavailable", "This server sends no mail: ask who runs it.");
const not_sent = () => failure("unavailable", "The mail can't be sent just now; ask again later.");
const bad_link = () => failure("not_found", "There is no such link, or it is good no more.", { path: "token" });

type Calls = Pick<Accounts, "forgot" | "set_email" | "confirm_email">;

export function callsOfMail(on: AccountsDependencies): Calls {
  const { mailer, throttles, log, store } = on;
  return {
    async forgot({ name_or_email }, { address }) {
      if (!mailer) return no_mail();
      const retry_after_ms = throttles.mail_address.take(address);
      const result = retry_after_ms > 0 ? "rate_limited" : "done";
      logAttempt(log, "password link", { address, result, name: name_or_email });
      if (retry_after_ms > 0) return tooOften(retry_after_ms);
      mailer.later({ party: address, group: address }, () => sendPasswordLinks(on, mailer, name_or_email));
      return success({ success: true });
    },

    async set_email({ password, email }, by) {
      if (!mailer) return no_mail();
      return withPassword(on, password, by, (checked_hash) => offerEmail(on, mailer, by, { checked_hash, email }));
    },

    async confirm_email({ token }) {
      if (!mailer) return no_mail();
      const [token_hash, now] = [linkHash(token), on.clock()];
      const link = await store.links.find({ token_hash, purpose: "confirm", now });
      if (!link?.user_id || link.email === null) return bad_link();
      const confirmation = { token_hash, user_id: link.user_id, email: link.email, now };
      return answered<true, CallReply<"confirm_email">>(
        on.commit,
        nobodys,
        { write: () => store.links.confirmEmail(confirmation), answer: () => success({ success: true }) },
        bad_link,
      );
    },
  };
}

/** To who has a name or an address, if anybody has, and may be written to. */
async function sendPasswordLinks(on: AccountsDependencies, mailer: Mailer, name_or_email: string): Promise<void> {
  const { store, throttles, commit } = on;
  // No name has an `@` in it.
  const found = name_or_email.includes("@")
    ? await store.users.addresseesByEmail(name_or_email)
    : await store.users.addresseesByNameKey(nameKey(name_or_email));
  for (const { id: user_id, name, email: to } of found) {
    if (throttles.mail_person.take(`user ${user_id}`) > 0) continue;
    const { link, token } = newLink({ purpose: "reset", user_id }, on.clock());
    await answered(commit, nobodys, { write: () => store.links.create(link), answer: success });
    await mailer.send(resetLetter({ to, name, public_url: mailer.public_url }, token));
  }
}

/** Asks whoever reads mail there whether the address of a new account is theirs. Nobody waits for it. */
export function welcome(on: AccountsDependencies, { id: user_id, name, email: to }: Addressee, address: string): void {
  const { mailer, store, throttles, commit } = on;
  mailer?.later({ party: address, group: address }, async () => {
    if (throttles.mail_person.take(`to ${to.toLowerCase()}`) > 0) return;
    const { link, token } = newLink({ purpose: "confirm", user_id, email: to }, on.clock());
    await answered(commit, nobodys, { write: () => store.links.create(link), answer: success });
    await mailer.send(confirmLetter({ to, name, public_url: mailer.public_url }, token));
  });
}

/** Null where the hash that was checked, or the login, no longer stands. The address that was good so far is told first. */
async function offerEmail(
  on: AccountsDependencies,
  mailer: Mailer,
  { account, claims }: SignedIn,
  { checked_hash, email: to }: { checked_hash: string | null; email: string },
): Promise<Outcome<CallReply<"set_email"> | null>> {
  const { store, throttles, commit } = on;
  const { public_url } = mailer;
  const { user_id, login } = claims;
  const { take } = throttles.mail_person;
  const retry_after_ms = take(`user ${user_id}`) || take(`to ${to.toLowerCase()}`);
  if (retry_after_ms > 0) return tooOften(retry_after_ms);
  const { link, token } = newLink({ purpose: "confirm", user_id, email: to }, on.clock());
  const stored = await answered<true, true | null>(
    commit,
    nobodys,
    { write: () => store.links.offer(link, checked_hash, { login, now: on.clock() }), answer: success },
    () => success(null),
  );
  if (!stored.ok || stored.value === null) return stored as Outcome<null>;
  const { name } = account.user;
  const old = await store.users.emailOf(user_id);
  if (old.email !== null && old.is_confirmed) {
    // Where that one takes no mail any more, nobody can be told.
    const told = await mailer.send(changeLetter({ to: old.email, name, public_url }));
    if (told === "unsent") return not_sent();
  }
  const sent = await mailer.send(confirmLetter({ to, name, public_url }, token));
  if (sent === "refused") return failure("bad_request", "No mail can be sent to this address.", { path: "email" });
  return sent === "sent" ? success({ success: true }) : not_sent();
}
