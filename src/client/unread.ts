// How much is unread in each channel that one may view: counted by the server after each connecting, and from then on
// by what is heard. It is right as of the last event of the channels; of a conversation, whose channel isn't listened to
// for it, as of what was last said or read there. Nothing of it is kept in a snapshot.

import type { Conversation, Message } from "../protocol/community/entities.ts";
import type { EventData } from "../protocol/community/events.ts";
import type { Client } from "./client.ts";
import type { ReplyBody } from "./contract.ts";
import type { RequestError } from "./errors.ts";
import { DEFAULT_TOPICS_PER_REQUEST } from "./surroundings.ts";

export interface Unread {
  unread: number;
  /** Of these, how many mention one. */
  mentions: number;
  last_message_id: number;
}

type ReadState = ReplyBody<"get_read_state">["channels"][number];

export class UnreadCounts {
  readonly #client: Client;
  readonly #counts = new Map<number, Unread>();
  /** How far one had read when a channel was counted. */
  readonly #read_to = new Map<number, number>();
  /** The channels of conversations. */
  readonly #channels = new Map<number, number>();
  /** Those of the conversations that the client keeps, and counts. */
  #kept = new Set<number>();
  readonly #listeners = new Set<(channel_ids: number[]) => void>();
  readonly #ends: (() => void)[];
  #asking: Promise<void> | null = null;
  #is_stale = false;

  constructor(client: Client) {
    this.#client = client;
    this.#ends = [
      client.on("synced", () => void this.refresh()),
      client.on("change", (changes) => {
        if (changes.some(({ kind }) => kind === "channels" || kind === "servers")) void this.refresh();
        if (changes.some(({ kind }) => kind === "last_read")) this.#read();
        if (changes.some(({ kind }) => kind === "conversations")) this.#takeKept();
        // Whom one blocks no longer mentions one with all others.
        if (changes.some(({ kind }) => kind === "friends") && this.total.mentions > 0) void this.refresh();
      }),
      client.on("event", (event) => {
        if (event.type === "message_added") this.#add(event.data);
        else if (event.type === "message_deleted") this.#lose(event.data);
        else if (event.type === "message_changed") this.#change(event.data);
        else if (event.type === "conversation_added" || event.type === "conversation_changed")
          this.#converse(event.data.conversation);
        else if (event.type === "conversation_deleted") this.#part(event.data.conversation_id);
      }),
    ];
  }

  /** In all channels. */
  get total(): Pick<Unread, "unread" | "mentions"> {
    let [unread, mentions] = [0, 0];
    for (const one of this.#counts.values()) {
      unread += one.unread;
      mentions += one.mentions;
    }
    return { unread, mentions };
  }

  get counts(): ReadonlyMap<number, Unread> {
    return this.#counts;
  }

  /** Calls with the channels whose counts are others now. */
  on(listener: (channel_ids: number[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  close(): void {
    for (const end of this.#ends) end();
  }

  /** Counts anew, once for all who ask while it does. */
  refresh(): Promise<void> {
    this.#is_stale = true;
    this.#asking ??= this.#askAll().finally(() => {
      this.#asking = null;
    });
    return this.#asking;
  }

  async #askAll(): Promise<void> {
    while (this.#is_stale) {
      this.#is_stale = false;
      // Who is told of a channel from the moment at which it was counted misses nothing: first the one, then the other.
      const before = await this.#states();
      if (!before) return;
      const unheard = before.filter((one) => one.conversation_id === undefined && !this.#counts.has(one.channel_id));
      await this.#hear(unheard.map(({ channel_id }) => channel_id));
      this.#take(unheard.length > 0 ? ((await this.#states()) ?? before) : before);
    }
  }

  async #states(): Promise<ReadState[] | null> {
    try {
      return (await this.#client.ask("get_read_state")).channels;
    } catch (error) {
      if ((error as RequestError).code !== "limit_reached") return null;
      const states: ReadState[] = [];
      for (const server_id of [...this.#client.cache.servers.keys()]) {
        const part = await this.#client.ask("get_read_state", { server_id }).catch(() => null);
        states.push(...(part?.channels ?? []));
      }
      return states;
    }
  }

  async #hear(channel_ids: number[]): Promise<void> {
    for (let from = 0; from < channel_ids.length; from += DEFAULT_TOPICS_PER_REQUEST) {
      const topics = channel_ids.slice(from, from + DEFAULT_TOPICS_PER_REQUEST).map((id) => `channel:${id}`);
      // Of one that has gone meanwhile the change of the channels tells, which counts anew.
      await this.#client.ask("subscribe", { topics }).catch(() => {});
    }
  }

  #take(states: ReadState[]): void {
    const present = new Set(states.map(({ channel_id }) => channel_id));
    const changed = [...this.#counts.keys()].filter((id) => !present.has(id));
    for (const id of changed) this.#counts.delete(id);
    this.#tell([...changed, ...this.#put(states)]);
  }

  /** Answers of which the counts are others now. */
  #put(states: ReadState[]): number[] {
    return states.flatMap(({ channel_id, unread, mentions, last_message_id, last_read_id, conversation_id }) => {
      if (conversation_id !== undefined) this.#channels.set(conversation_id, channel_id);
      const known = this.#counts.get(channel_id);
      this.#counts.set(channel_id, { unread, mentions, last_message_id: last_message_id ?? 0 });
      this.#read_to.set(channel_id, last_read_id ?? 0);
      return known?.unread === unread && known.mentions === mentions ? [] : [channel_id];
    });
  }

  /** Those that the client keeps it has the server count by itself. */
  #takeKept(): void {
    const states = [...(this.#client.cache.conversations?.values() ?? [])].flatMap(
      ({ id, channel_id, unread, mentions, last_message_id }): ReadState[] => {
        const last_read_id = this.#client.cache.last_read?.get(channel_id) ?? null;
        if (unread === null || mentions === null) return [];
        return [{ channel_id, unread, mentions, last_message_id, last_read_id, conversation_id: id }];
      },
    );
    this.#kept = new Set(states.map(({ channel_id }) => channel_id));
    this.#tell(this.#put(states));
  }

  /** It came, or something happened there; of what is heard already nothing is asked. */
  #converse({ id, last_message_id }: Pick<Conversation, "id"> & Partial<Conversation>): void {
    const known = this.#counts.get(this.#channels.get(id) ?? 0);
    if (this.#client.cache.conversations?.has(id) || (known && (last_message_id ?? 0) <= known.last_message_id)) return;
    this.#client.ask("get_read_state", { conversation_id: id }).then(
      ({ channels }) => this.#tell(this.#put(channels)),
      // One that is there no more; where there was no connection all is counted after the next.
      () => {},
    );
  }

  #part(conversation_id: number): void {
    const channel_id = this.#channels.get(conversation_id);
    this.#channels.delete(conversation_id);
    if (channel_id !== undefined && this.#counts.delete(channel_id)) this.#tell([channel_id]);
  }

  #add({ id, channel_id, author_id, mentions, mention_roles, mentions_all }: Message): void {
    const known = this.#counts.get(channel_id);
    const self_id = this.#client.ready?.user.id ?? 0;
    if (!known || id <= known.last_message_id || this.#kept.has(channel_id)) return;
    const heard = { ...known, last_message_id: id };
    if (author_id === self_id) return void this.#counts.set(channel_id, heard);
    const mentioned = mentions.includes(self_id) ? 1 : 0;
    this.#counts.set(channel_id, { ...heard, unread: known.unread + 1, mentions: known.mentions + mentioned });
    this.#tell([channel_id]);
    // Whether one is among those whom it mentions together only the server says.
    if (mentions_all || mention_roles.length > 0) void this.refresh();
  }

  /** It may have been unread. */
  #lose({ id, channel_id }: EventData<"message_deleted">): void {
    if (this.#mayBeUnread(id, channel_id)) void this.refresh();
  }

  #change({ id, channel_id, mentions, mention_roles, mentions_all }: EventData<"message_changed">): void {
    const is_mention = mentions !== undefined || mention_roles !== undefined || mentions_all !== undefined;
    if (is_mention && this.#mayBeUnread(id, channel_id)) void this.refresh();
  }

  #mayBeUnread(id: number, channel_id: number): boolean {
    return (this.#counts.get(channel_id)?.unread ?? 0) > 0 && id > (this.#read_to.get(channel_id) ?? 0);
  }

  /** What was read to its end is no more unread; how much is left of the others only the server says. */
  #read(): void {
    const read: number[] = [];
    for (const [id, known] of this.#counts) {
      const last_read = this.#client.cache.last_read?.get(id) ?? 0;
      if (known.unread === 0 || last_read <= (this.#read_to.get(id) ?? 0)) continue;
      this.#read_to.set(id, last_read);
      if (last_read < known.last_message_id) void this.refresh();
      else {
        this.#counts.set(id, { ...known, unread: 0, mentions: 0 });
        read.push(id);
      }
    }
    this.#tell(read);
  }

  #tell(channel_ids: number[]): void {
    if (channel_ids.length === 0) return;
    for (const listener of [...this.#listeners]) listener(channel_ids);
  }
}
