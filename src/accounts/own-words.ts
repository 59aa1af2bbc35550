// What somebody may take along: the files of a zip with their own words and pictures, one after another and each a piece at
// a time, so that it takes as little memory as it is long. What others wrote is in none of them.

import { notificationView } from "../actors/notification-view.ts";
import type { Store } from "../db/store.ts";
import type { ChatMessage, Upload } from "../domain/community.ts";
import { shownRelation } from "../domain/friendship.ts";
import { limits } from "../domain/limits.ts";
import { nameOfUpload } from "../protocol/uploads.ts";

export interface OwnWordsDependencies {
  store: Pick<
    Store,
    "users" | "friendships" | "messages" | "ownWords" | "notifications" | "pushSubscriptions" | "uploads" | "bots"
  >;
  /** The bytes of an upload; null when they are gone. */
  readUpload(upload: Upload): Promise<Blob | ReadableStream | null>;
}

/** A file of the zip. */
export interface OwnFile {
  name: string;
  input: AsyncIterable<string> | Blob | ReadableStream<Uint8Array>;
}

/** `goOn` is awaited between slices; what it throws ends it there. */
export async function* ownFiles(
  on: OwnWordsDependencies,
  user_id: number,
  goOn: () => Promise<void>,
): AsyncGenerator<OwnFile> {
  yield { name: "profile.jsonl", input: lines(profile(on, user_id)) };
  yield { name: "friends.jsonl", input: lines(friends(on, user_id)) };
  yield { name: "memberships.jsonl", input: lines(memberships(on, user_id)) };
  yield { name: "conversations.jsonl", input: lines(conversations(on, user_id)) };
  yield { name: "bots.jsonl", input: lines(bots(on, user_id)) };
  yield { name: "notification_settings.jsonl", input: lines(notifications(on, user_id)) };
  yield { name: "push_subscriptions.jsonl", input: lines(subscriptions(on, user_id)) };
  yield { name: "messages.jsonl", input: lines(messages(on, user_id, goOn)) };
  yield { name: "read_states.jsonl", input: lines(readStates(on, user_id, goOn)) };
  yield { name: "uploads.jsonl", input: lines(uploadRows(on, user_id, goOn)) };
  for await (const slice of uploads(on, user_id, goOn)) {
    for (const upload of slice) {
      await goOn();
      const input = await on.readUpload(upload);
      if (input) yield { name: `uploads/${upload.id}.${extensionOf(upload)}`, input };
    }
  }
}

/** Each value as a line of JSON; what comes together is one piece. */
async function* lines(slices: AsyncIterable<readonly object[]>): AsyncGenerator<string> {
  for await (const slice of slices) {
    if (slice.length > 0) yield slice.map((value) => `${JSON.stringify(value)}\n`).join("");
  }
}

const timeOf = (at_ms: number) => new Date(at_ms).toISOString();

async function* profile({ store }: OwnWordsDependencies, user_id: number) {
  const user = await store.users.byId(user_id);
  if (!user) return;
  const { id, name, email, profile_pic, bio, status, custom_status, dms, created_at, last_online } = user;
  const times = { created_date: timeOf(created_at), last_online_date: timeOf(last_online) };
  yield [{ id, name, email, profile_pic, bio, status, custom_status, dms, ...times }];
}

async function* friends({ store }: OwnWordsDependencies, user_id: number) {
  const rows = await store.friendships.listFor(user_id);
  yield rows.map(({ id, name, state, since }) => ({
    ...{ user_id: id, name, state: shownRelation(state) },
    since_date: timeOf(since),
  }));
}

async function* memberships({ store }: OwnWordsDependencies, user_id: number) {
  const all = await store.ownWords.memberships(user_id);
  yield all.map(({ joined_at, ...membership }) => ({ ...membership, joined_date: timeOf(joined_at) }));
}

async function* conversations({ store }: OwnWordsDependencies, user_id: number) {
  const all = await store.ownWords.conversations(user_id);
  yield all.map(({ joined_at, ...conversation }) => ({ ...conversation, joined_date: timeOf(joined_at) }));
}

/** What they wrote is theirs: each has an export of its own. */
async function* bots({ store }: OwnWordsDependencies, user_id: number) {
  const rows = await store.bots.ofOwner(user_id);
  yield rows.map(({ created_at, ...bot }) => ({ ...bot, created_date: timeOf(created_at) }));
}

async function* notifications({ store }: OwnWordsDependencies, user_id: number) {
  yield (await store.notifications.listOf(user_id)).map(notificationView);
}

/** Without the rest of the endpoint, which is a secret of the browser's. */
async function* subscriptions({ store }: OwnWordsDependencies, user_id: number) {
  yield (await store.pushSubscriptions.listOf(user_id)).map(({ endpoint, previews, created_at }) => ({
    ...{ push_service: new URL(endpoint).origin, previews, created_date: timeOf(created_at) },
  }));
}

/** Through all channels: nothing keeps where somebody has written. */
async function* messages({ store }: OwnWordsDependencies, author_id: number, goOn: () => Promise<void>) {
  const limit = limits.channels_walked;
  for (let after: number | null = 0; after !== null; ) {
    const walked = await store.messages.channelsAfter(after, limit);
    for (const { id: channel_id, oldest_id, is_conversation } of walked) {
      if (oldest_id === null) continue;
      for (let from: number | null = oldest_id - 1; from !== null; ) {
        await goOn();
        const looked_at = limits.authored_looked_at;
        const { ids, next } = await store.messages.authoredIn({ channel_id, author_id, after: from, looked_at });
        for (let at = 0; at < ids.length; at += limits.export_slice) {
          const slice = await store.ownWords.messages(author_id, ids.slice(at, at + limits.export_slice));
          yield slice.map((message) => messageLine(message, is_conversation));
        }
        from = next;
      }
    }
    after = walked.length < limit ? null : (walked.at(-1)?.id ?? null);
  }
}

function messageLine(message: ChatMessage, is_conversation: boolean) {
  const { id, server_id, channel_id, content, created_at, edited_at, reply_to, attachments } = message;
  const place = is_conversation ? { server_id: null, conversation_id: server_id } : { server_id };
  return {
    ...{ id, ...place, channel_id, content, created_date: timeOf(created_at) },
    ...{ edited_date: edited_at === null ? null : timeOf(edited_at), reply_to },
    attachments: attachments.map((attachment) => attachment.id),
  };
}

async function* readStates({ store }: OwnWordsDependencies, user_id: number, goOn: () => Promise<void>) {
  for (let after: number | null = 0; after !== null; ) {
    await goOn();
    const slice = await store.ownWords.readStates(user_id, after, limits.export_slice);
    yield slice;
    after = slice.length < limits.export_slice ? null : (slice.at(-1)?.channel_id ?? null);
  }
}

async function* uploads({ store }: OwnWordsDependencies, user_id: number, goOn: () => Promise<void>) {
  for (let after: number | null = 0; after !== null; ) {
    await goOn();
    const slice = await store.uploads.allOf(user_id, after, limits.export_slice);
    yield slice;
    after = slice.length < limits.export_slice ? null : (slice.at(-1)?.id ?? null);
  }
}

async function* uploadRows(on: OwnWordsDependencies, user_id: number, goOn: () => Promise<void>) {
  for await (const slice of uploads(on, user_id, goOn)) {
    yield slice.map(({ id, name, type, width, height, bytes, created_at }) => {
      const size = { width: width || null, height: height || null };
      return { id, name, type, ...size, bytes, created_date: timeOf(created_at) };
    });
  }
}

function extensionOf(upload: Upload): string {
  return /\.([a-z0-9]{1,8})$/i.exec(nameOfUpload(upload))?.[1] ?? "bin";
}
