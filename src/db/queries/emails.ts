// The e-mail addresses of users: who may be written to. Only an address that its owner proved to read is written to
// unasked. Must not take an address for anybody's alone: several users may read mail at one.

import { and, eq, isNotNull, isNull, type SQL, sql } from "drizzle-orm";
import { limits } from "../../domain/limits.ts";
import { type Access, given, read } from "../engine/query.ts";
import { users } from "../schema/people.ts";

export interface Addressee {
  id: number;
  name: string;
  email: string;
}

export interface Email {
  email: string | null;
  is_confirmed: boolean;
}

export function emailsOf({ reads }: Access) {
  const columns = { id: users.id, name: users.name, email: sql<string>`${users.email}` };
  const confirmed = (of: SQL | undefined) =>
    reads
      .select(columns)
      .from(users)
      .where(and(of, isNotNull(users.email_confirmed_at), isNull(users.deleted_at)))
      .orderBy(users.id)
      .limit(limits.users_of_one_email)
      .prepare();
  const byNameKey = confirmed(eq(users.name_key, given("name_key")));
  const byEmail = confirmed(sql`lower(${users.email}) = lower(${given("email")})`);
  const of = reads
    .select({ email: users.email, confirmed_at: users.email_confirmed_at })
    .from(users)
    .where(and(eq(users.id, given("id")), isNull(users.deleted_at)))
    .prepare();
  return {
    /** The user of that name where their address is confirmed. */
    async addresseesByNameKey(name_key: string): Promise<Addressee[]> {
      return read(byNameKey.all({ name_key }));
    },
    /** Those who confirmed the address, in whatever case, the first few. */
    async addresseesByEmail(email: string): Promise<Addressee[]> {
      return read(byEmail.all({ email }));
    },
    async emailOf(id: number): Promise<Email> {
      const found = await read(of.get({ id }));
      return { email: found?.email ?? null, is_confirmed: (found?.confirmed_at ?? null) !== null };
    },
  };
}
