// The database as the rest of the server sees it: aggregates of queries, readiness, and the writer's figures.
// Reads go straight to the driver. Aggregates word writes, and the one writer performs them, durable when it resolves.
// Must not let SQL, Drizzle or the driver out.

import type { Upload } from "../domain/community.ts";
import { lazily } from "../domain/lazily.ts";
import { uploadUrl } from "../protocol/uploads.ts";
import { DatabaseError, type DatabaseFault, type Driver } from "./engine/driver.ts";
import { openEmbedded } from "./engine/embedded.ts";
import { endedOrLate } from "./engine/ended-or-late.ts";
import { merging } from "./engine/merged-jobs.ts";
import { type MigrateOptions, migrate } from "./engine/migrate.ts";
import { type Access, accessOver } from "./engine/query.ts";
import { openRemote } from "./engine/remote.ts";
import { type Perform, performed, performOver } from "./engine/write.ts";
import { type Commit, createWriter, type Writer, type WriterStats } from "./engine/writer.ts";
import { migrations } from "./migrations/index.ts";
import { type Audit, auditOf } from "./queries/audit.ts";
import { type Bots, botsOf } from "./queries/bots.ts";
import { type ConversationMessages, conversationMessagesOf } from "./queries/conversation-messages.ts";
import { type Conversations, conversationsOf } from "./queries/conversations.ts";
import { type Friendships, friendshipsOf } from "./queries/friendships.ts";
import { hashParametersOf } from "./queries/hash-parameters.ts";
import { type Invites, invitesOf } from "./queries/invites.ts";
import { type Links, linksOf } from "./queries/links.ts";
import { type Logins, loginsOf } from "./queries/logins.ts";
import { type Made, madeOf } from "./queries/made.ts";
import { type ManyPeople, manyPeopleOf } from "./queries/many-people.ts";
import { maxIdOf } from "./queries/max-id.ts";
import { type Messages, messagesOf } from "./queries/messages.ts";
import { type Notifications, notificationsOf } from "./queries/notifications.ts";
import { type Operations, operationsOf } from "./queries/operations.ts";
import { type OwnWords, ownWordsOf } from "./queries/own-words.ts";
import { type People, peopleOf } from "./queries/people.ts";
import { type PushMessages, pushMessagesOf } from "./queries/push-messages.ts";
import { type PushNotices, pushNoticesOf } from "./queries/push-notices.ts";
import { type PushSubscriptions, pushSubscriptionsOf } from "./queries/push-subscriptions.ts";
import { type ReadStates, readStatesOf } from "./queries/read-states.ts";
import { type RegistrationInvites, registrationInvitesOf } from "./queries/registration-invites.ts";
import { type Reports, reportsOf } from "./queries/reports.ts";
import { type Rooms, roomsOf } from "./queries/rooms.ts";
import { type Settings, settingsOf } from "./queries/settings.ts";
import { type Standing, standingOf } from "./queries/standing.ts";
import { type Tombstones, tombstonesOf } from "./queries/tombstones.ts";
import { type Totals, totalsOf } from "./queries/totals.ts";
import { type Uploads, uploadsOf } from "./queries/uploads.ts";
import { type Users, usersOf } from "./queries/users.ts";
import { type Webhooks, webhooksOf } from "./queries/webhooks.ts";
import { createReadiness, type Readiness } from "./upkeep/readiness.ts";

export interface StoreOptions {
  /** A `file:` URL for a database in this process, any other for a server. */
  url: string;
  authToken?: string | undefined;
  /** The address that the server has for its clients, without a slash at its end. */
  publicUrl?: string | undefined;
  /** A server that doesn't sync its commits will do. */
  allowUnsafe?: boolean | undefined;
  onCommit?: ((commit: Commit) => void) | undefined;
  /** Told of faults that no caller caused: a lost thread, connection or disk, or a broken statement. */
  onFault?: ((fault: DatabaseFault) => void) | undefined;
  /** Told once that the database can only be used again by a new process, with a sentence for a person. */
  onFatal?: ((reason: string) => void) | undefined;
}

/** What is asked of the database and written to it, by what it is about. */
export interface Aggregates {
  users: Users;
  logins: Logins;
  links: Links;
  registrationInvites: RegistrationInvites;
  friendships: Friendships;
  manyPeople: ManyPeople;
  rooms: Rooms;
  invites: Invites;
  messages: Messages;
  readStates: ReadStates;
  ownWords: OwnWords;
  conversations: Conversations;
  notifications: Notifications;
  pushSubscriptions: PushSubscriptions;
  pushNotices: PushNotices;
  pushMessages: PushMessages;
  /** What is written of messages in conversations; all else of them is read as that of others. */
  conversationMessages: ConversationMessages;
  uploads: Uploads;
  settings: Settings;
  tombstones: Tombstones;
  made: Made;
  audit: Audit;
  reports: Reports;
  people: People;
  /** What there is in all; messages from this id on. */
  totals(first_id: number): Promise<Totals>;
  /** The parameters of all password hashes that are stored, in their order. */
  hashParameters(): Promise<string[]>;
  standing: Standing;
  operations: Operations;
  webhooks: Webhooks;
  bots: Bots;
}

export interface Store extends Aggregates {
  /** Whether the database answers reads and, as far as is known, takes writes; false when it takes long to tell. */
  isReady(): Promise<boolean>;
  /** Where people find a page of the server's: a path where there is no public URL. */
  publicUrl(path: string): string;
  /** Where clients find an upload. */
  uploadUrl(upload: Pick<Upload, "id" | "key">): string;
  /** The one way to have a write done. */
  writer: { perform: Perform; stats(): WriterStats };
  /** The highest id or seq ever given to anything; 0 in an empty database. */
  maxId(): Promise<number>;
  /** Resolves when every write accepted before the call has settled, be it by failing, or when it takes too long. */
  flush(limit_ms?: number): Promise<void>;
  /** Waits no longer for a database server that doesn't answer: what is under way or comes is `unavailable`. */
  giveUp(): void;
  /** Commits what was accepted, refuses what comes after, and closes the database. */
  close(): Promise<void>;
}

/** Rejects with DatabaseError, or NewerDatabaseError for a database of a later version that this one can't go on beside. */
export async function openStore(options: StoreOptions): Promise<Store> {
  return openStoreOver(await openDriver(options), options);
}

export type StoreOverOptions = Pick<StoreOptions, "onCommit" | "onFault" | "publicUrl"> &
  Pick<MigrateOptions, "beforeBreaking">;

/** The same over a driver that is given, which is closed with the store, or when it can't be opened. */
export async function openStoreOver(
  driver: Driver,
  { onCommit, onFault, publicUrl, beforeBreaking }: StoreOverOptions = {},
): Promise<Store> {
  try {
    await migrate(driver, migrations, { beforeBreaking });
  } catch (error) {
    await driver.close();
    throw error;
  }
  const readiness = createReadiness(driver);
  const writer = createWriter({ transact: merging(readiness.transact), onCommit, onFault });
  return storeOver(accessOver(reportingReads(driver, onFault), publicUrl), driver, writer, readiness);
}

function openDriver({ url, authToken, allowUnsafe, onFault, onFatal }: StoreOptions): Promise<Driver> {
  if (url.startsWith("file:")) return openEmbedded({ url, onFault, onFatal });
  return openRemote({ url, authToken, allowUnsafe, onFatal });
}

function storeOver(access: Access, driver: Driver, writer: Writer, readiness: Readiness): Store {
  const perform = performOver(writer.enqueue);
  // None has its queries made before it is asked for: a server listens sooner, and a command makes few.
  const aggregates = lazily<Aggregates>({
    users: () => usersOf(access),
    logins: () => loginsOf(access),
    links: () => linksOf(access),
    registrationInvites: () => registrationInvitesOf(access),
    friendships: () => friendshipsOf(access),
    rooms: () => roomsOf(access),
    invites: () => invitesOf(access),
    messages: () => messagesOf(access),
    readStates: () => readStatesOf(access),
    ownWords: () => ownWordsOf(access),
    conversations: () => conversationsOf(access),
    notifications: () => notificationsOf(access),
    pushSubscriptions: () => pushSubscriptionsOf(access),
    pushNotices: () => pushNoticesOf(access),
    pushMessages: () => pushMessagesOf(access),
    conversationMessages: () => conversationMessagesOf(access),
    uploads: () => uploadsOf(access),
    tombstones: () => tombstonesOf(access),
    made: () => madeOf(access),
    audit: () => auditOf(access),
    reports: () => reportsOf(access),
    people: () => peopleOf(access),
    manyPeople: () => manyPeopleOf(access),
    totals: () => totalsOf(access),
    hashParameters: () => hashParametersOf(access),
    standing: () => standingOf(access),
    operations: () => operationsOf(access),
    webhooks: () => webhooksOf(access),
    bots: () => botsOf(access),
    settings: () => settingsOf(access),
  });
  return Object.assign(aggregates, {
    publicUrl: (path: string) => `${access.public_url ?? ""}${path}`,
    uploadUrl: (upload: Pick<Upload, "id" | "key">) => uploadUrl(upload, access.public_url),
    writer: { perform, stats: writer.stats },
    isReady: () =>
      readiness.isReady(() => performed(perform, aggregates.settings.put("written_at", new Date().toISOString()))),
    maxId: () => maxIdOf(access)(),
    flush: (limit_ms?: number) => (limit_ms === undefined ? writer.flush() : endedOrLate(limit_ms, writer.flush())),
    giveUp: () => driver.giveUp?.(),
    async close() {
      await writer.drain();
      await driver.close();
    },
  });
}

function reportingReads(driver: Driver, onFault: StoreOptions["onFault"]): Driver {
  if (!onFault) return driver;
  return {
    ...driver,
    query: (statement) =>
      driver.query(statement).catch((error) => {
        if (error instanceof DatabaseError) onFault(error.fault);
        throw error;
      }),
  };
}
