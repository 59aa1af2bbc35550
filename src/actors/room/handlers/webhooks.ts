// Webhooks of a server's channels: made, listed, changed, ended. Their address is shown when it is made, and only a hash
// of its token is kept. To who may not manage one, it doesn't exist.

import type { StoredWebhook } from "../../../db/queries/webhooks.ts";
import { randomText } from "../../../db/upkeep/kept-texts.ts";
import type { Channel, Member } from "../../../domain/community.ts";
import { limits } from "../../../domain/limits.ts";
import type { ReplyBody, Request } from "../../../protocol/catalogue.ts";
import { busy, failure, notFound, type Outcome, success } from "../../../protocol/outcome.ts";
import { DECISIONS, nobodys } from "../../commit/commit.ts";
import type { Reply } from "../../kernel/actor.ts";
import { judgePicture } from "../../pictures.ts";
import type { Requester } from "../../session/calls.ts";
import { tokenHash, webhookPath } from "../../webhook-tokens.ts";
import { asMember, asViewer, lockOf, silenced } from "../asker.ts";
import { entryOf } from "../audit.ts";
import { beside, type RoomHandlers } from "../handler.ts";
import { deletedSince, madeBefore, noteHere } from "../nonces.ts";
import type { Room } from "../room.ts";
import { webhookView } from "../views.ts";

export const webhookHandlers: RoomHandlers<"add_webhook" | "get_webhooks" | "update_webhook" | "delete_webhook"> = {
  add_webhook: beside(addWebhook),

  get_webhooks: beside(async (room, _request, from, reply) => {
    const webhooks = await room.on.store.webhooks.ofServer(room.id);
    const member = await asMember(room, from.id);
    if (!member.ok) return reply(member);
    const shown = webhooks.filter(({ channel_id }) => mayManage(room, member.value, channel_id));
    reply(success({ webhooks: shown.map((webhook) => webhookView(webhook)) }));
  }),

  update_webhook: beside(updateWebhook),

  delete_webhook: beside(async (room, { webhook_id }, from, reply) => {
    const managed = await managedWebhook(room, webhook_id, from);
    if (!managed.ok) return reply(managed);
    const { id, channel_id } = managed.value.webhook;
    const before = auditedOf(managed.value.webhook);
    const audit = entryOf(room, from, "webhook_deleted", id, { place_id: channel_id, before });
    const committed = await room.on.commit(nobodys, {
      write: () => room.on.store.webhooks.remove(id, audit),
      answer: () => reply(success({})),
    });
    if (committed !== "done") reply(notFound());
  }),
};

async function addWebhook(
  room: Room,
  { channel_id, name, profile_pic, mentions = false, nonce }: Request<"add_webhook">,
  from: Requester,
  reply: Reply<ReplyBody<"add_webhook">>,
): Promise<void> {
  const { store, ids, clock, commit } = room.on;
  for (let left = DECISIONS; left > 0; left -= 1) {
    const earlier = await madeBefore(room, from, "webhook", nonce);
    const standing = earlier === null ? null : await store.webhooks.find(Number(earlier));
    const in_all = (await store.webhooks.ofServer(room.id)).length;
    const upload_id = profile_pic ? await judgePicture(store, from.id, profile_pic, "data.profile_pic") : success(null);
    const refused = (await refusal(room, from, channel_id, mentions)) ?? lockOf(room);
    if (refused) return reply(refused);
    if (earlier !== null) return reply(standing ? success({ webhook: webhookView(standing) }) : deletedSince());
    if (!upload_id.ok) return reply(upload_id);
    if (in_all >= limits.webhooks_per_server) return reply(full());
    const token = randomText();
    const made = { id: ids.next(), server_id: room.id, channel_id, creator_id: from.id, created_at: clock() };
    const looks = { name, profile_pic: profile_pic ?? null, upload_id: upload_id.value, mentions };
    const webhook: StoredWebhook = { ...made, ...looks, token_hash: tokenHash(token) };
    const audit = entryOf(room, from, "webhook_added", webhook.id, { place_id: channel_id, after: auditedOf(webhook) });
    const note = noteHere(room, from, "webhook", nonce, webhook.id);
    const committed = await commit(nobodys, {
      write: () => store.webhooks.add({ webhook, audit, note, at_most: limits.webhooks_per_server }),
      answer: () => reply(success({ webhook: webhookView(webhook, urlOf(room, webhook, token)) })),
    });
    if (committed === "done") return;
    // Somebody was quicker, or what it rests on has ended.
  }
  reply(busy());
}

async function updateWebhook(
  room: Room,
  { webhook_id, changes = {}, rotate = false }: Request<"update_webhook">,
  from: Requester,
  reply: Reply<ReplyBody<"update_webhook">>,
): Promise<void> {
  const { store, commit } = room.on;
  for (let left = DECISIONS; left > 0; left -= 1) {
    const picture = changes.profile_pic;
    const own = picture ? await judgePicture(store, from.id, picture, "data.changes.profile_pic") : success(null);
    const managed = await managedWebhook(room, webhook_id, from);
    if (!managed.ok) return reply(managed);
    const { webhook, member } = managed.value;
    const token = rotate ? randomText() : null;
    const is_same_picture = picture === undefined || picture === webhook.profile_pic;
    const upload_id = is_same_picture || !own.ok ? webhook.upload_id : own.value;
    const changed: StoredWebhook = {
      ...webhook,
      ...definedOf(changes),
      ...{ upload_id, token_hash: token === null ? webhook.token_hash : tokenHash(token) },
    };
    const refused = silenced(room, member, ["manage_webhooks"]) ?? movesOrPings(room, member, webhook, changed);
    if (refused) return reply(refused);
    if (!is_same_picture && !own.ok) return reply(own);
    const shown = { before: auditedOf(webhook), after: auditedOf(changed) };
    const audit = entryOf(room, from, "webhook_updated", webhook_id, { place_id: changed.channel_id, ...shown });
    const view = () => webhookView(changed, token === null ? undefined : urlOf(room, changed, token));
    const committed = await commit(nobodys, {
      write: () => store.webhooks.change(changed, webhook, from.id, audit),
      answer: () => reply(success({ webhook: view() })),
    });
    if (committed === "done") return;
  }
  reply(busy());
}

type Changes = NonNullable<Request<"update_webhook">["changes"]>;

/** Those that are to be changed; null stands for none of a picture. */
function definedOf({ name, profile_pic, mentions, channel_id }: Changes) {
  return {
    ...(name !== undefined && { name }),
    ...(profile_pic !== undefined && { profile_pic }),
    ...(mentions !== undefined && { mentions }),
    ...(channel_id !== undefined && { channel_id }),
  };
}

/** Why the member may not change it so; null where they may. */
function movesOrPings(room: Room, member: Member, was: StoredWebhook, is: StoredWebhook): Outcome<never> | null {
  if (!mayManage(room, member, is.channel_id)) return notFound();
  const channel = room.structure.channel(is.channel_id);
  const is_more = is.mentions && (!was.mentions || is.channel_id !== was.channel_id);
  return is_more && channel && !room.structure.mayIn(member, channel, "mention_everyone") ? mayNotPing() : null;
}

/** Why one may not make a webhook there; null where one may. */
async function refusal(
  room: Room,
  from: Requester,
  channel_id: number,
  mentions: boolean,
): Promise<Outcome<never> | null> {
  const viewer = await asViewer(room, from.id, channel_id, "manage_webhooks");
  if (!viewer.ok) return viewer;
  const { member, channel } = viewer.value;
  return mentions && !room.structure.mayIn(member, channel, "mention_everyone") ? mayNotPing() : null;
}

const mayNotPing = () => failure("forbidden", "You may not do this: it wants 'mention_everyone'.");
const full = () => failure("limit_reached", "The server has too many webhooks.", { limit: "webhooks_per_server" });

function mayManage({ structure }: Room, member: Member, channel_id: number): boolean {
  const channel: Channel | undefined = structure.channel(channel_id);
  return channel !== undefined && structure.mayIn(member, channel, "manage_webhooks");
}

/** The webhook, and the asker who may change it now; `not_found` for everybody else. */
async function managedWebhook(
  room: Room,
  id: number,
  from: Requester,
): Promise<Outcome<{ webhook: StoredWebhook; member: Member }>> {
  const webhook = await room.on.store.webhooks.find(id);
  const member = await asMember(room, from.id);
  if (!member.ok) return member;
  if (webhook?.server_id !== room.id || !mayManage(room, member.value, webhook.channel_id)) return notFound();
  return lockOf(room) ?? success({ webhook, member: member.value });
}

/** What the log says of it: never how to use it. */
function auditedOf({ channel_id, name, profile_pic, mentions }: StoredWebhook) {
  return { channel_id, name, profile_pic, mentions };
}

function urlOf({ on: { store } }: Room, { id }: StoredWebhook, token: string): string {
  return store.publicUrl(webhookPath(id, token));
}
