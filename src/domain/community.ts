// What a server (the place people talk in) is made of, as plain values: how rooms hold it in memory and how it is
// stored. `seq` is that of the last change, in the topic that the value belongs to. Times are Unix milliseconds.

import type { Overwrite, Role, Rules } from "./permissions.ts";
import type { MessageAuthor } from "./webhooks/webhook.ts";

/** Whether invites let anybody in. */
export const joins = ["open", "paused"] as const;

export interface Server {
  readonly id: number;
  readonly name: string;
  readonly image: string | null;
  readonly description: string | null;
  readonly owner_id: number;
  readonly default_role_id: number;
  readonly num_members: number;
  readonly created_at: number;
  readonly seq: number;
  /** Since when it has no owner and can only be read; null while it can be changed. */
  readonly locked_at: number | null;
  readonly joins: (typeof joins)[number];
}

export interface ServerRole extends Role {
  readonly seq: number;
}

export interface Category {
  readonly id: number;
  readonly name: string;
  readonly position: number;
  readonly overwrites: readonly Overwrite[];
  readonly seq: number;
}

export interface Channel {
  readonly id: number;
  readonly category_id: number | null;
  readonly name: string;
  readonly description: string | null;
  readonly position: number;
  readonly overwrites: readonly Overwrite[];
  /** For so long one waits from one message to the next; 0 where one needn't. */
  readonly slow_mode_s: number;
  readonly seq: number;
}

/** `role_ids` without the default role. */
export interface Member {
  readonly user_id: number;
  readonly nickname: string | null;
  readonly role_ids: readonly number[];
  readonly joined_at: number;
  /** The `seq` by which they came: what was said before has a lesser id. 0 where that isn't known. */
  readonly joined_seq: number;
  /** Null where they are not timed out; it may be over. */
  readonly timed_out_until: number | null;
  /** Null for a person. */
  readonly bot: BotMembership | null;
  readonly seq: number;
}

/** What a bot is in a server. */
export interface BotMembership {
  readonly owner_id: number;
  /** What it may in place of the default role's rules; null: these. */
  readonly rules: Rules | null;
  /** The owner, as a room has them in memory: the bot may nothing that they may not, and nothing at all without one. */
  readonly owner: Member | null;
}

export interface Ban {
  readonly user_id: number;
  readonly reason: string | null;
  readonly banned_by: number;
  readonly created_at: number;
}

export interface Invite {
  readonly code: string;
  readonly server_id: number;
  readonly creator_id: number;
  readonly created_at: number;
  readonly expires_at: number | null;
  readonly max_uses: number | null;
  readonly uses: number;
}

/** The whole structure of a server; members are loaded one by one. */
export interface ServerStructure {
  readonly server: Server;
  readonly roles: readonly ServerRole[];
  readonly categories: readonly Category[];
  readonly channels: readonly Channel[];
}

/** Width and height are null where it is no image. */
export interface Attachment {
  readonly id: number;
  readonly url: string;
  /** What the URL ends in; null for one from before there were keys. */
  readonly key: string | null;
  readonly name: string;
  readonly type: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly bytes: number;
}

/** Who reacted with one emoji, in the order in which the first of each emoji came. */
export interface Reaction {
  readonly emoji: string;
  readonly user_ids: readonly number[];
}

export interface ChatMessage {
  readonly id: number;
  readonly channel_id: number;
  readonly server_id: number;
  readonly author_id: number;
  readonly content: string;
  readonly created_at: number;
  readonly edited_at: number | null;
  readonly reply_to: number | null;
  readonly attachments: readonly Attachment[];
  readonly mentions: readonly number[];
  readonly mentions_everyone: boolean;
  /** Those whose holders it mentions. */
  readonly mention_roles: readonly number[];
  /** It mentions who was there when it was written; who that was is only stored. */
  readonly mentions_here: boolean;
  /** Whom it mentions by being a reply to them; they are in `mentions` too. */
  readonly reply_mention: number | null;
  readonly reactions: readonly Reaction[];
  readonly nonce: string | null;
  /** The greater, the later it was pinned; null where it isn't. */
  readonly pin_order: number | null;
  readonly seq: number;
  /** Of one that no member wrote. */
  readonly author?: MessageAuthor | null;
}

/** Width and height are 0 where it is no image. */
export interface Upload {
  readonly id: number;
  readonly user_id: number;
  /** SHA-256 of the bytes, hexadecimal. */
  readonly hash: string;
  readonly type: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly created_at: number;
  /** Who has it may read the upload; null for one from before there were keys. */
  readonly key: string | null;
  /** What its owner calls it; null for nothing. */
  readonly name: string | null;
}
