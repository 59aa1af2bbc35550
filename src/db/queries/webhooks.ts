// The webhooks table: how programs speak in channels. Of a token only its hash is here. What is done to them is in the
// audit log by the same job.
// Must not judge who may do what: that is the room's.

import { asc, eq, getTableColumns, sql } from "drizzle-orm";
import type { AuditEntry } from "../../domain/audit.ts";
import type { Webhook } from "../../domain/webhooks/webhook.ts";
import type { Statement } from "../engine/driver.ts";
import { type Access, given, read, template } from "../engine/query.ts";
import type { Write } from "../engine/write.ts";
import { audit_entries, channels } from "../schema/community.ts";
import { users } from "../schema/people.ts";
import { webhooks } from "../schema/programs.ts";
import { ownerOf } from "./blocks.ts";
import { guard, isMember, ownsUpload } from "./guards.ts";
import { insertRows, jsonRows } from "./json-rows.ts";
import { type MadeNote, notes } from "./made.ts";
import { mayLogIn } from "./standing.ts";

/** As it is stored: with the hash of its token, and the upload that its picture is. */
export interface StoredWebhook extends Webhook {
  readonly token_hash: string;
  readonly upload_id: number | null;
}

interface WebhookMaker {
  suspended: boolean;
  is_bot: boolean;
}

export interface WebhookAddition {
  webhook: StoredWebhook;
  audit: AuditEntry;
  note: MadeNote;
  /** Webhooks that the server may have. */
  at_most: number;
}

export type Webhooks = ReturnType<typeof webhooksOf>;

export function webhooksOf({ reads }: Access) {
  const noted = notes(reads);
  const columns = getTableColumns(webhooks);
  const by_id = reads
    .select(columns)
    .from(webhooks)
    .where(eq(webhooks.id, given("id")))
    .prepare();
  const makers = prepareMaker(reads);
  const of_server = reads
    .select(columns)
    .from(webhooks)
    .where(eq(webhooks.server_id, given("server_id")))
    .orderBy(asc(webhooks.id))
    .prepare();
  const statements = webhookStatements(reads);
  const find = async (id: number): Promise<StoredWebhook | null> => (await read(by_id.get({ id }))) ?? null;
  return {
    find,
    /** Of its maker: whether they, or whose bot they are, are suspended at `now`, and whether they are a bot. */
    async maker({ creator_id }: Pick<Webhook, "creator_id">, now: number): Promise<WebhookMaker> {
      return (await read(makers.get({ creator_id, now }))) ?? { suspended: false, is_bot: false };
    },
    /** In the order of their ids. */
    async ofServer(server_id: number): Promise<StoredWebhook[]> {
      return read(of_server.all({ server_id }));
    },
    /**
     * Stale where its maker is no member any more, the channel or the picture is gone, the server has as many as it may,
     * or the nonce was used.
     */
    add({ webhook, audit, note, at_most }: WebhookAddition): Write<"added"> {
      const { id, server_id, channel_id, creator_id, upload_id } = webhook;
      return {
        job: [
          statements.guard({ server_id, channel_id, user_id: creator_id, upload_id, at_most }),
          ...noted(note),
          statements.insert({ rows: jsonRows([webhook]) }),
          statements.audit({ rows: jsonRows([audit]) }),
        ],
        stored: () => "added",
        find: async () => ((await find(id)) ? "added" : null),
      };
    },
    /**
     * Stale where it is not as it `was` any more, lest who gave it a new token finds the old one back, or where the
     * channel or the picture of `user_id` is gone.
     */
    change(webhook: StoredWebhook, was: StoredWebhook, user_id: number, audit: AuditEntry): Write<true> {
      const { id, server_id, channel_id, name, profile_pic, upload_id, token_hash } = webhook;
      const { mentions } = lookOf(webhook);
      return {
        job: [
          statements.guard({ server_id, channel_id, user_id, upload_id, at_most: Number.MAX_SAFE_INTEGER }),
          statements.guardUnchanged(lookOf(was)),
          statements.change({ id, channel_id, name, profile_pic, upload_id, token_hash, mentions }),
          statements.audit({ rows: jsonRows([audit]) }),
        ],
        stored: () => true,
        find: () => isNoted(audit.id),
      };
    },
    /** Stale where it is not there any more. */
    remove(id: number, audit: AuditEntry): Write<true> {
      return {
        job: [
          statements.guardStanding({ id }),
          statements.remove({ id }),
          statements.audit({ rows: jsonRows([audit]) }),
        ],
        stored: () => true,
        find: () => isNoted(audit.id),
      };
    },
    /** Part of a job that sends somebody away: what they made in the server says nothing any more. */
    endsOf: (server_id: number, creator_id: number): Statement => statements.endsOf({ server_id, creator_id }),
  };

  async function isNoted(id: number): Promise<true | null> {
    return (await read(statements.isNoted.get({ id }))) ? true : null;
  }
}

function prepareMaker(reads: Access["reads"]) {
  const maker = given<number>("creator_id");
  return reads
    .select({
      suspended: sql<boolean>`max(${mayLogIn("now")} is not true)`.mapWith(Boolean),
      is_bot: sql<boolean>`max(${users.id} = ${maker} and ${users.bot_owner_id} is not null)`.mapWith(Boolean),
    })
    .from(users)
    .where(sql`${users.id} in (${maker}, ${ownerOf(maker)})`)
    .prepare();
}

type Changed = {
  id: number;
  channel_id: number;
  name: string;
  profile_pic: string | null;
  upload_id: number | null;
  token_hash: string;
  mentions: number;
};

const lookOf = ({ id, channel_id, name, profile_pic, token_hash, mentions }: StoredWebhook) => {
  return { id, channel_id, name, profile_pic, token_hash, mentions: mentions ? 1 : 0 };
};

type Guarded = { server_id: number; channel_id: number; user_id: number; upload_id: number | null; at_most: number };

function webhookStatements(reads: Access["reads"]) {
  return {
    guard: guard<Guarded>(
      reads,
      sql`${isMember(given("server_id"), given("user_id"))}
        and (${given("upload_id")} in (select upload_id from ${webhooks} where ${eq(webhooks.server_id, given("server_id"))})
          or ${ownsUpload(given("user_id"), given("upload_id"))})
        and exists (select 1 from ${channels} where ${eq(channels.id, given("channel_id"))}
          and ${channels}.deleted_at is null)
        and (select count(*) from ${webhooks} where ${eq(webhooks.server_id, given("server_id"))}) < ${given("at_most")}`,
    ),
    guardStanding: guard<{ id: number }>(
      reads,
      sql`exists (select 1 from ${webhooks} where ${eq(webhooks.id, given("id"))})`,
    ),
    guardUnchanged: guard<Omit<Changed, "upload_id">>(
      reads,
      sql`exists (select 1 from ${webhooks} where ${eq(webhooks.id, given("id"))}
        and ${eq(webhooks.token_hash, given("token_hash"))} and ${eq(webhooks.channel_id, given("channel_id"))}
        and ${eq(webhooks.name, given("name"))} and ${webhooks.profile_pic} is ${given("profile_pic")}
        and ${webhooks.mentions} = ${given("mentions")})`,
    ),
    insert: template<{ rows: string }>(insertRows(reads, webhooks)),
    change: template<Changed>(
      reads
        .update(webhooks)
        .set({
          ...{ channel_id: given("channel_id"), name: given("name"), profile_pic: given("profile_pic") },
          ...{ upload_id: given("upload_id"), token_hash: given("token_hash") },
          mentions: sql`${given("mentions")}`,
        })
        .where(eq(webhooks.id, given("id"))),
    ),
    remove: template<{ id: number }>(reads.delete(webhooks).where(eq(webhooks.id, given("id")))),
    endsOf: template<{ server_id: number; creator_id: number }>(
      reads
        .delete(webhooks)
        .where(sql`${eq(webhooks.server_id, given("server_id"))} and ${eq(webhooks.creator_id, given("creator_id"))}`),
    ),
    audit: template<{ rows: string }>(insertRows(reads, audit_entries)),
    isNoted: reads
      .select({ id: audit_entries.id })
      .from(audit_entries)
      .where(eq(audit_entries.id, given("id")))
      .prepare(),
  };
}
