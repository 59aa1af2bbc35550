// What two caches of one user's have both loaded, in one order, to be compared.

import type { Json } from "../harness/client.ts";
import type { CachedChannel, CachedServer, ClientCache } from "./client-cache.ts";
import { activityOf } from "./client-talks.ts";

const byId = (things: Json[]) => things.toSorted((one, other) => one.id - other.id);
const byPosition = (things: Json[]) =>
  things.toSorted((one, other) => one.position - other.position || one.id - other.id);

/** What a cache holds of what both have loaded, to be compared with the same of the other. */
export function sharedContents(cache: ClientCache, other: ClientCache): Json {
  const watched = new Set([...cache.watched].filter((id) => other.watched.has(id)));
  return [...serversOf(cache, other, watched), ...talksOf(cache, other), ...settingsOf(cache, other)];
}

/** What one is to be told of, by place. */
function settingsOf({ settings }: ClientCache, other: ClientCache): Json[] {
  if (!settings || !other.settings) return [];
  return [...settings].toSorted(([one], [another]) => (one < another ? -1 : 1)).map(([, setting]) => setting);
}

/** Those of which both have loaded the list down to there, with what both have loaded of what was said. */
function talksOf({ talks }: ClientCache, other: ClientCache): Json[] {
  if (!talks.list || !other.talks.list) return [];
  const from = Math.max(talks.from, other.talks.from);
  const listed = byId([...talks.list.values()]).filter((talk) => activityOf(talk) >= from);
  return listed.map((talk) => {
    const channel = talks.channels.get(talk.channel_id);
    // Of the new name of who has nothing else in common with one nobody is told.
    const members = talk.members.map(({ user_id }: Json) => user_id);
    return { talk: { ...talk, members }, channel: channel && shared(channel, other) };
  });
}

function serversOf(cache: ClientCache, other: ClientCache, watched: ReadonlySet<number>): Json[] {
  return byId([...cache.servers.values()]).map((server) => {
    const theirs = other.servers.get(server.id);
    if (!theirs) return { id: server.id };
    const members_to = Math.min(server.members_to, theirs.members_to);
    const members = [...server.members.values()].filter(({ user_id }) => user_id <= members_to);
    return {
      id: server.id,
      summary: theirs.summary && server.summary,
      details: theirs.details && server.details,
      categories: theirs.categories && server.categories && categoriesOf(server),
      channels: theirs.channels && server.channels && byId([...server.channels.values()].map((c) => shared(c, other))),
      roles: theirs.roles && server.roles && byId([...server.roles.values()]),
      members: members.map((member) => memberWithout(member, watched)).sort(byUser),
    };
  });
}

/** The name and status of those of whom the session isn't told may be old. */
function memberWithout({ name, profile_pic, status, ...member }: Json, watched: ReadonlySet<number>): Json {
  const roles = member.roles.toSorted();
  return watched.has(member.user_id) ? { ...member, roles, name, profile_pic, status } : { ...member, roles };
}

const byUser = (one: Json, other: Json) => one.user_id - other.user_id;

function categoriesOf({ categories }: CachedServer): Json[] {
  return byPosition([...(categories?.values() ?? [])].map(({ id, name, position }) => ({ id, name, position })));
}

function shared({ messages, messages_from, ...channel }: CachedChannel, other: ClientCache): Json {
  const theirs = other.channel(channel.id);
  const from = Math.max(messages_from, theirs?.messages_from ?? 0);
  const both = theirs?.details && channel.details;
  const { roles: _, ...without } = both || { roles: null };
  const details = both && theirs?.details?.roles && channel.details?.roles ? both : both && without;
  if (!messages || !theirs?.messages) return { ...channel, details };
  return { ...channel, details, messages: byId([...messages.values()].filter(({ id }) => id >= from)) };
}
