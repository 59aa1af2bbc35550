// A webhook, as a plain value: how a program speaks in one channel. Its token is no part of it: only a hash is kept.

export interface Webhook {
  readonly id: number;
  readonly server_id: number;
  readonly channel_id: number;
  readonly creator_id: number;
  readonly name: string;
  readonly profile_pic: string | null;
  /** Whether what it says may ping somebody. */
  readonly mentions: boolean;
  readonly created_at: number;
}

/** Who a message is from that no member wrote. */
export interface MessageAuthor {
  readonly name: string;
  readonly profile_pic: string | null;
  readonly webhook: true;
}
