// The calls that compute hashes of passwords, each in its turn: those of one address wait behind each other, so that
// whoever tries passwords by the hundred keeps nobody else from logging in. What the calls do it doesn't know.

import type { FairShare, Party } from "../domain/fair-share.ts";
import { crowded } from "../protocol/outcome.ts";
import type { Accounts } from "./accounts.ts";

export function inTurns(accounts: Accounts, hashes: FairShare): Accounts {
  const ofName = (username: string, address: string): Party => ({ party: `${address} ${username}`, group: address });
  const ofUser = (user_id: number): Party => ({ party: `user ${user_id}`, group: `user ${user_id}` });
  return {
    ...accounts,
    register: (body, by) => hashes.run(ofName(body.username, by.address), () => accounts.register(body, by), crowded),
    login: (body, by) => hashes.run(ofName(body.username, by.address), () => accounts.login(body, by), crowded),
    change_password: (body, by) =>
      hashes.run(ofUser(by.claims.user_id), () => accounts.change_password(body, by), crowded),
    delete_user: (body, by) => hashes.run(ofUser(by.claims.user_id), () => accounts.delete_user(body, by), crowded),
  };
}
