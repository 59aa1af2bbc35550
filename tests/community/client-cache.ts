// What a client keeps of its servers: built only from the replies and events of one socket, in the order in which they
// came, as the protocol says that a client may. It holds the frames to the protocol too: what breaks it is a fault.

import type { Frame, Json } from "../harness/client.ts";
import { ClientTalks } from "./client-talks.ts";

export interface CachedChannel {
  id: number;
  name: string;
  category_id: number | null;
  /** Whole, but for `roles` where only an event told of the channel: of them one is told who has loaded it. */
  details: Json | null;
  /** All with ids from `messages_from` on. */
  messages: Map<number, Json> | null;
  messages_from: number;
}

export interface CachedServer {
  id: number;
  /** As listed by `get_servers`; null when it only was announced. */
  summary: Json | null;
  details: Json | null;
  categories: Map<number, Json> | null;
  channels: Map<number, CachedChannel> | null;
  roles: Map<number, Json> | null;
  /** All with ids up to `members_to`. */
  members: Map<number, Json>;
  members_to: number;
  /** The session is told of its changes. */
  subscribed: boolean;
}

/** Messages of the tests say where they were written, so that one that strayed is found in whatever frame. */
export const secretOf = (channel_id: number, number: number) => `secret of ${channel_id}, number ${number}`;

export function secretsIn(frame: Frame): number[] {
  return [...JSON.stringify(frame).matchAll(/secret of (\d+),/g)].map(([, id]) => Number(id));
}

const keyed = <Key extends string>(things: Json[], key: Key) => new Map<number, Json>(things.map((t) => [t[key], t]));

const placeOf = ({ server_id, channel_id, conversation_id }: Json) =>
  [server_id, channel_id, conversation_id].map((id) => id ?? "").join(":");

/** Their answers bring an author's own words back, even where they can't be read any more. */
const own_words = ["add_message", "update_message"];

export class ClientCache {
  readonly user_id: number;
  readonly servers = new Map<number, CachedServer>();
  readonly talks = new ClientTalks();
  /** What is chosen to be told of while away, by place; null until it is loaded. */
  settings: Map<string, Json> | null = null;
  /** What the server did against the protocol, with the frame. */
  readonly faults: string[] = [];
  /** The channels that this session may be told of, and their servers, where that was said. */
  readonly #sight = new Map<number, number | null>();
  /** The last `seq` of each topic, and whether a reply brought it. */
  readonly #seqs = new Map<string, { seq: number; loaded: boolean }>();
  /** Users of whose names and statuses it has asked to hear, and not parted from since. */
  readonly watched = new Set<number>();
  /** Channels that reports tell of and that it may not be told of: they must have ended. */
  readonly reported_of = new Set<number>();
  /** Channels whose messages it has asked to hear of. */
  readonly #listening = new Set<number>();
  /** While it catches up: the events that came before the answer, by the topics that were asked about. */
  #held: Map<string, Frame[]> | null = null;
  /** What is being taken may repeat what is known, or tell of what isn't. */
  #lenient = false;
  /** Events that came before the answer in which their topic was asked about. */
  early = 0;

  /** Accounts may end among those that it hears of. */
  readonly accounts_end: boolean;

  constructor(user_id: number, accounts_end = false) {
    this.user_id = user_id;
    this.accounts_end = accounts_end;
  }

  /** Takes the next frame of the socket; `request` is what it answers, if anything. */
  take(frame: Frame, request: Frame | undefined): void {
    const held = this.#held?.get(frame["topic"]);
    if (request) this.#takeReply(frame, request);
    else if (held) return void held.push(frame);
    else if (typeof frame["topic"] === "string") this.#takeEvent(frame);
    if (request && own_words.includes(request["type"])) return;
    for (const id of secretsIn(frame)) {
      if (request?.["type"] !== "get_reports") this.#expectSight(id, frame);
      else if (!this.#sight.has(id)) this.reported_of.add(id);
    }
  }

  channel(id: number): CachedChannel | undefined {
    const talk = this.talks.channels.get(id);
    if (talk) return talk;
    for (const { channels } of this.servers.values()) {
      const channel = channels?.get(id);
      if (channel) return channel;
    }
    return undefined;
  }

  /**
   * The connection has ended, and another begins: what to ask `sync` about, with what else is to be asked. Drops what
   * can't be caught up.
   */
  heard(also: Readonly<Record<string, number>> = {}): Record<string, number> {
    const seqOf = (topic: string) => this.#seqs.get(topic)?.seq;
    const topics: Record<string, number> = {};
    for (const [topic, seq] of Object.entries(also)) topics[topic] = Math.max(seq, seqOf(topic) ?? 0);
    for (const [id, server] of [...this.servers]) {
      const seq = seqOf(`server:${id}`);
      if (seq === undefined || !server.subscribed) this.#forgetServer(id);
      else topics[`server:${id}`] = seq;
    }
    for (const id of this.#listening) topics[`channel:${id}`] = seqOf(`channel:${id}`) ?? 0;
    for (const id of this.watched) topics[`user:${id}`] = seqOf(`user:${id}`) ?? 0;
    topics["self"] = seqOf("self") ?? 0;
    this.#held = new Map(Object.keys(topics).map((topic) => [topic, []]));
    return topics;
  }

  #takeSynced(answers: Record<string, Json>, frame: Frame): void {
    const asked = [...(this.#held?.keys() ?? [])];
    if (asked.toSorted().join() !== Object.keys(answers).toSorted().join()) this.#fault("not what was asked", frame);
    const early = [...(this.#held?.values() ?? [])].flat();
    this.#held = null;
    for (const [topic, answer] of Object.entries(answers)) {
      if (answer.events) this.#takeChanges(topic, answer, frame);
      else this.#drop(topic, answer.gone === true);
    }
    this.early += early.length;
    for (const event of early) {
      if (!answers[event["topic"]].events) continue;
      const seq = this.#seqs.get(event["topic"])?.seq ?? 0;
      if (event["seq"] === undefined || event["seq"] > seq) this.#takeEvent(event);
    }
  }

  #takeChanges(topic: string, { seq, events }: Json, frame: Frame): void {
    const since = this.#seqs.get(topic)?.seq ?? 0;
    const seqs: number[] = events.map((event: Json) => event.seq);
    if (seqs.some((one, at) => one < (seqs[at - 1] ?? 0) || one > seq)) this.#fault(`${topic} out of order`, frame);
    if (!topic.startsWith("user:") && seqs.some((one) => one <= since)) this.#fault(`${topic} told again`, frame);
    if (seq < since) this.#fault(`${topic} went back`, frame);
    // Its server may have to be loaded again: then nothing is kept of the channel, but it is heard of.
    const [kind, digits] = topic.split(":");
    if (kind === "channel") this.#sighted(Number(digits), undefined);
    this.#lenient = true;
    for (const event of events) this.#takeEvent(event);
    this.#lenient = false;
    this.#seqs.set(topic, { seq, loaded: true });
  }

  /** Gone, or to be loaded again. */
  #drop(topic: string, gone: boolean): void {
    const [kind, digits] = topic.split(":");
    const id = Number(digits);
    this.#seqs.delete(topic);
    if (kind === "user") this.watched.delete(id);
    if (kind === "self") {
      this.talks.forget();
      this.settings = null;
    }
    if (kind === "server") this.#forgetServer(id);
    if (kind !== "channel") return;
    const channel = this.channel(id);
    if (channel) Object.assign(channel, { details: null, messages: null, messages_from: 0 });
    this.#listening.delete(id);
    if (!gone) return;
    this.#blind(id);
    for (const { channels } of this.servers.values()) channels?.delete(id);
  }

  #fault(words: string, frame: Frame): void {
    this.faults.push(`user ${this.user_id}: ${words}: ${JSON.stringify(frame).slice(0, 300)}`);
  }

  #expectSight(channel_id: number, frame: Frame): void {
    if (this.#sight.has(channel_id)) return;
    // Before the channels of its server are loaded a client can't tell.
    const server_id = frame["data"]?.server_id ?? frame["data"]?.message?.server_id;
    const told = server_id === undefined || this.servers.get(server_id)?.channels;
    if (told || String(frame["topic"]).startsWith("channel:")) this.#fault("about a channel it can't view", frame);
  }

  #server(id: number): CachedServer {
    const known = this.servers.get(id);
    if (known) return known;
    const server: CachedServer = {
      ...{ id, summary: null, details: null, categories: null, channels: null, roles: null },
      ...{ members: new Map(), members_to: 0, subscribed: false },
    };
    this.servers.set(id, server);
    return server;
  }

  #loadedSeq(topic: string, frame: Frame): void {
    const { seq } = frame["data"];
    if (!Number.isSafeInteger(seq)) this.#fault("without a seq", frame);
    if (seq < (this.#seqs.get(topic)?.seq ?? 0)) this.#fault(`older than what was told of ${topic}`, frame);
    this.#seqs.set(topic, { seq, loaded: true });
  }

  #takeReply(frame: Frame, { type, data: asked }: Frame): void {
    const { data } = frame;
    if (frame["type"] !== type) return;
    // What is made under a nonce may have been there before: it may have been asked for again.
    if (asked?.nonce === undefined && this.#knowsWhatIsMade(type, data))
      this.#fault("told of by an event before the reply", frame);
    if (type === "get_servers" && !asked.user_id) this.#loadServers(data.servers);
    if (type === "get_server" && asked.server_id) {
      const server = this.#subscribed(asked.server_id);
      server.details = { ...data.server };
      server.summary = { id: server.id, name: data.server.name, image: data.server.image };
    }
    if (type === "get_server_channels") this.#loadChannels(asked.server_id, frame);
    if (type === "get_server_roles" && !asked.user_id) {
      this.#loadedSeq(`server:${asked.server_id}`, frame);
      this.#subscribed(asked.server_id).roles = keyed(data.roles, "id");
    }
    if (type === "get_server_members" && !asked.filter) this.#loadMembers(asked, frame);
    if (type === "get_server_channel") this.#loadChannel(data.channel, frame);
    if (type === "get_message_chunk") this.#loadMessages(asked, frame);
    if (type === "get_conversations") {
      this.#loadedSeq("self", frame);
      this.talks.takePage(asked, data);
      this.#sightTalks();
    }
    if (type === "open_conversation" || type === "add_conversation_member") this.#sightTalk(data.conversation);
    if (type === "get_notification_settings") {
      this.#loadedSeq("self", frame);
      this.settings = new Map(data.settings.map((setting: Json) => [placeOf(setting), setting]));
    }
    if (type === "update_notification_settings") this.#choose(asked);
    if (type === "get_pins") {
      this.#loadedSeq(`channel:${asked.channel_id}`, frame);
      this.#sighted(asked.channel_id, data.messages[0]?.server_id);
    }
    if (type === "unsubscribe") this.#forgetTopics(asked.topics);
    if (type === "subscribe" && data.topics.self) this.#seqs.set("self", { seq: data.topics.self.seq, loaded: true });
    if (type === "sync") this.#takeSynced(data.topics, frame);
  }

  /** Who chooses isn't told of it. */
  #choose({ level, muted_until, ...place }: Json): void {
    const before = this.settings?.get(placeOf(place)) ?? { level: null, muted_until: null };
    const until = muted_until === undefined ? before["muted_until"] : new Date(muted_until).toISOString();
    this.settings?.set(placeOf(place), { ...place, level: level ?? before["level"], muted_until: until });
  }

  #sightTalks(): void {
    for (const conversation of this.talks.list?.values() ?? []) this.#sightTalk(conversation);
  }

  #sightTalk({ channel_id }: Json): void {
    if (!this.#sight.has(channel_id)) this.#sight.set(channel_id, null);
  }

  #knowsWhatIsMade(type: string, { role, category, channel, message }: Json): boolean {
    const servers = [...this.servers.values()];
    if (type === "add_role") return servers.some(({ roles }) => roles?.has(role.id));
    if (type === "add_category") return servers.some(({ categories }) => categories?.has(category.id));
    if (type === "add_channel") return this.channel(channel.id) !== undefined;
    if (type !== "add_message") return false;
    return this.channel(message.channel_id)?.messages?.has(message.id) ?? false;
  }

  #subscribed(id: number): CachedServer {
    const server = this.#server(id);
    server.subscribed = true;
    return server;
  }

  #loadServers(servers: Json[]): void {
    const listed = new Set(servers.map(({ id }) => id));
    for (const id of [...this.servers.keys()]) if (!listed.has(id)) this.#forgetServer(id);
    for (const summary of servers) this.#subscribed(summary.id).summary = { ...summary };
  }

  #loadChannels(server_id: number, frame: Frame): void {
    this.#loadedSeq(`server:${server_id}`, frame);
    const server = this.#subscribed(server_id);
    const { categories } = frame["data"] as { categories: Json[] };
    const before = server.channels;
    server.categories = new Map();
    server.channels = new Map();
    for (const { channels, ...category } of categories) {
      if (category.id !== null) server.categories.set(category.id, category);
      for (const { id, name } of channels) {
        const { details = null, messages = null, messages_from = 0 } = before?.get(id) ?? {};
        server.channels.set(id, { id, name, category_id: category.id, details, messages, messages_from });
      }
    }
    for (const [id, of_server] of [...this.#sight]) {
      if (of_server === server_id && !server.channels.has(id)) this.#blind(id);
    }
    for (const id of server.channels.keys()) this.#sight.set(id, server_id);
  }

  #loadMembers({ server_id, anchor }: Json, frame: Frame): void {
    this.#loadedSeq(`server:${server_id}`, frame);
    const server = this.#subscribed(server_id);
    const { members, next_anchor } = frame["data"];
    for (const { user_id, name, profile_pic, status } of members as Json[]) {
      this.watched.add(user_id);
      // Other servers tell no more of a member than how they came.
      this.#userChanged({ id: user_id, name, profile_pic, status });
    }
    if (anchor > server.members_to) return;
    const to = next_anchor ?? Number.POSITIVE_INFINITY;
    for (const id of [...server.members.keys()]) if (id > anchor && id <= to) server.members.delete(id);
    for (const member of members) server.members.set(member.user_id, { ...member });
    server.members_to = Math.max(server.members_to, to);
  }

  /** Where the channels of the server are not loaded, nothing is kept. */
  #sighted(channel_id: number, server_id: number | undefined): CachedChannel | undefined {
    const channel = this.channel(channel_id);
    this.#listening.add(channel_id);
    if (!this.#sight.has(channel_id)) this.#sight.set(channel_id, server_id ?? null);
    return channel;
  }

  #loadChannel(loaded: Json, frame: Frame): void {
    if (this.servers.get(loaded.server_id)?.channels) this.#expectSight(loaded.id, frame);
    this.#loadedSeq(`channel:${loaded.id}`, frame);
    const channel = this.#sighted(loaded.id, loaded.server_id);
    if (channel) Object.assign(channel, listed(loaded), { details: { ...loaded } });
  }

  #loadMessages({ channel_id, anchor, direction }: Json, frame: Frame): void {
    this.#loadedSeq(`channel:${channel_id}`, frame);
    const { messages, has_more } = frame["data"] as { messages: Json[]; has_more: boolean };
    const channel = this.#sighted(channel_id, messages[0]?.server_id);
    if (!channel) return;
    const from = has_more ? messages[0]?.id : 0;
    if (direction && anchor === 0) {
      channel.messages = keyed(messages, "id");
      channel.messages_from = from;
    } else if (!direction && channel.messages && anchor === channel.messages_from && anchor > 0) {
      for (const message of messages) channel.messages.set(message.id, message);
      channel.messages_from = from;
    }
  }

  #forgetTopics(topics: string[]): void {
    for (const topic of topics) {
      const channel = topic.startsWith("channel:") ? this.channel(Number(topic.slice("channel:".length))) : undefined;
      if (!channel) continue;
      channel.messages = null;
      if (channel.details) channel.details = whole(channel.details);
      this.#listening.delete(channel.id);
    }
  }

  #loseSight(server_id: number): void {
    for (const [id, of_server] of [...this.#sight]) if (of_server === server_id) this.#blind(id);
  }

  #blind(channel_id: number): void {
    this.#sight.delete(channel_id);
    this.#listening.delete(channel_id);
  }

  #forgetServer(id: number): void {
    for (const user_id of this.servers.get(id)?.members.keys() ?? []) this.watched.delete(user_id);
    this.servers.delete(id);
    this.#loseSight(id);
  }

  #takeEvent(frame: Frame): void {
    const { type, topic, seq, data } = frame as Frame & { type: string; topic: string };
    const [kind, id] = topic.split(":");
    if (kind === "user") {
      this.#seqs.set(topic, { seq, loaded: false });
      return this.#userChanged(data);
    }
    if (kind === "channel" && !this.#listening.has(Number(id))) this.#fault("about a channel it hasn't loaded", frame);
    if (seq !== undefined) this.#toldSeq(topic, seq, frame);
    if (type === "server_added") this.#server(data.server.id).summary = this.#announced(data.server);
    else if (type === "server_deleted") this.#forgetServer(data.server_id);
    else if (type.startsWith("conversation_")) this.#conversationEvent(type, data, frame);
    else if (type === "notification_settings_changed") this.settings?.set(placeOf(data), data);
    else if (kind === "server") this.#serverEvent(type, data, frame);
    else if (kind === "channel" && seq !== undefined) this.#messageEvent(type, Number(id), data, frame);
  }

  #conversationEvent(type: string, data: Json, frame: Frame): void {
    const fault = this.talks.takeEvent(type, data);
    if (fault && !this.#lenient) this.#fault(fault, frame);
    this.#sightTalks();
  }

  /** What is announced may have changed before the session listens: it stands only where it listens already. */
  #announced(summary: Json): Json | null {
    return this.servers.get(summary.id)?.subscribed ? { ...summary } : null;
  }

  #toldSeq(topic: string, seq: number, frame: Frame): void {
    const last = this.#lenient ? undefined : this.#seqs.get(topic);
    if (last && (seq < last.seq || (seq === last.seq && last.loaded)))
      this.#fault(`out of order after ${last.seq}`, frame);
    this.#seqs.set(topic, { seq, loaded: false });
  }

  #userChanged({ id, ...changes }: Json): void {
    for (const { members } of this.servers.values()) {
      const member = members.get(id);
      for (const name of member ? ["name", "profile_pic", "status"] : [])
        if (name in changes) member[name] = changes[name];
    }
  }

  #serverEvent(type: string, data: Json, frame: Frame): void {
    const server = this.servers.get(data.server_id);
    if (!server?.subscribed) return this.#strayEvent(type, data, frame);
    if (type === "server_updated") return updateServer(server, data);
    if (type.startsWith("category_")) return this.#thingEvent(server.categories, "category", data, frame);
    if (type.startsWith("role_")) {
      if (type === "role_deleted") takeRole(server, data.role_id);
      return this.#thingEvent(server.roles, "role", data, frame);
    }
    if (type.startsWith("member_")) return this.#memberEvent(server, type, data, frame);
    if (type.startsWith("channel_")) return this.#channelEvent(server, type, data, frame);
    if (type === "report_added") return this.#reportAdded(data, frame);
    return this.#fault("of a type that it doesn't know", frame);
  }

  /** Of a server that wasn't loaded it only hears of the end of a channel that was. */
  #strayEvent(type: string, data: Json, frame: Frame): void {
    if (type === "channel_deleted" && this.#listening.has(data.channel_id)) this.#blind(data.channel_id);
    else this.#fault("about a server it hasn't loaded", frame);
  }

  /** Nothing is kept of it: it comes to who may see to it, and only to them. */
  #reportAdded({ channel_id, user_id }: Json, frame: Frame): void {
    this.#expectSight(channel_id, frame);
    if (user_id === this.user_id || frame["seq"] !== undefined) this.#fault("a report of its own, or kept", frame);
  }

  #thingEvent(things: Map<number, Json> | null, kind: "category" | "role", data: Json, frame: Frame): void {
    if (!things) return;
    const id = data[`${kind}_id`] ?? data[kind].id;
    const known = things.get(id);
    const added = frame["type"] === `${kind}_added`;
    if (!this.#lenient && added === (known !== undefined)) {
      return this.#fault(added ? "known already" : "of what it doesn't know", frame);
    }
    if (added) things.set(id, { ...data[kind] });
    else if (!known) return;
    else if (data[kind]) Object.assign(known, data[kind]);
    else things.delete(id);
  }

  #memberEvent(server: CachedServer, type: string, data: Json, frame: Frame): void {
    const user_id: number = data.user_id ?? data.member.user_id;
    if (server.details && type === "member_added") server.details.num_members += 1;
    if (server.details && type === "member_deleted") server.details.num_members -= 1;
    if (type === "member_deleted") this.watched.delete(user_id);
    if (user_id > server.members_to) return;
    const known = server.members.get(user_id);
    const fits = (type === "member_added") === (known === undefined);
    // Who was left out of a list because their account had just ended is told of all the same.
    const is_of_ended = this.accounts_end && type === "member_deleted";
    if (!fits && !this.#lenient && !is_of_ended) return this.#fault("twice, or of nobody", frame);
    if (type === "member_added") server.members.set(user_id, { ...data.member, ...this.#toldOf(user_id) });
    else if (type === "member_deleted") server.members.delete(user_id);
    else if (known) Object.assign(known, data.member);
  }

  /** What is told of a user by themselves is newer than what tells that they came. */
  #toldOf(user_id: number): Json {
    if (!this.watched.has(user_id)) return {};
    const known = [...this.servers.values()].flatMap(({ members }) => members.get(user_id) ?? []);
    const { name, profile_pic, status } = known[0] ?? {};
    return known.length > 0 ? { name, profile_pic, status } : {};
  }

  #channelEvent(server: CachedServer, type: string, data: Json, frame: Frame): void {
    const id: number = data.channel_id ?? data.channel.id;
    const known = server.channels?.get(id);
    if (type === "channel_added") {
      if (this.#sight.get(id) && !this.#lenient) this.#fault("known already", frame);
      this.#sight.set(id, server.id);
      const { messages = null, messages_from = 0 } = known ?? {};
      const channel = { ...listed(data.channel), details: whole(data.channel), messages, messages_from };
      server.channels?.set(id, channel);
      return;
    }
    if (server.channels && !known && !this.#lenient) this.#fault("about a channel it can't view", frame);
    if (type === "channel_deleted") {
      this.#blind(id);
      server.channels?.delete(id);
    } else if (known) {
      const { name = known.name, category_id = known.category_id } = data.channel;
      Object.assign(known, { name, category_id });
      const { roles } = { ...known.details, ...data.channel };
      const is_kept = known.details?.roles !== undefined;
      if (known.details) known.details = { ...whole({ ...known.details, ...data.channel }), ...(is_kept && { roles }) };
    }
  }

  #messageEvent(type: string, channel_id: number, data: Json, frame: Frame): void {
    const { messages, messages_from = 0 } = this.channel(channel_id) ?? {};
    if (!messages || data.id < messages_from) return;
    const known = messages.get(data.id);
    const fits = (type === "message_added") === (known === undefined);
    if (!fits && !this.#lenient) return this.#fault("twice, or of no message", frame);
    if (type === "message_added") messages.set(data.id, { ...data });
    else if (type === "message_deleted") messages.delete(data.id);
    else if (known) messages.set(data.id, changedMessage(known, data, this.user_id));
  }
}

const listed = ({ id, name, category_id }: Json) => ({ id, name, category_id });

function whole({ roles: _, ...channel }: Json): Json {
  return channel;
}

function updateServer(server: CachedServer, { server_id: _, ...changes }: Json): void {
  const { name = server.summary?.name, image = server.summary?.image } = changes;
  if (server.summary) Object.assign(server.summary, { name, image });
  if (server.details) Object.assign(server.details, changes);
}

/** Who had it has it no more, and what it changed in channels is gone with it. */
function takeRole(server: CachedServer, role_id: number): void {
  for (const member of server.members.values()) member.roles = member.roles.filter((id: number) => id !== role_id);
}

function changedMessage(known: Json, { reaction, reactions, ...changes }: Json, user_id: number): Json {
  if (!reactions) return { ...known, ...changes };
  // An answer of `sync` is for one person, and says it itself.
  if (reactions.every(({ me }: Json) => me !== undefined) && !reaction) return { ...known, ...changes, reactions };
  const mine = new Set(known.reactions.filter(({ me }: Json) => me).map(({ emoji }: Json) => emoji));
  if (reaction?.user_id === user_id) mine[reaction.added ? "add" : "delete"](reaction.emoji);
  const seen = reactions.map(({ emoji, count }: Json) => ({ emoji, count, me: mine.has(emoji) }));
  return { ...known, ...changes, reactions: seen };
}
