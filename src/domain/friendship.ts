// Friendship as two directed rows, one for each side, and what each action makes of them. Pure: the caller reads both
// rows, asks here, and writes both in one transaction.

/** One person's row about the other. `none` is no row, or the tombstone of one. */
export type Relation = "none" | "incoming" | "outgoing" | "friend" | "blocked";

export interface RelationPair {
  readonly mine: Relation;
  readonly theirs: Relation;
}

export type FriendshipAction = "request" | "accept" | "reject" | "remove";

export type FriendshipRefusal = "already_friends" | "already_sent" | "blocked" | "no_request" | "no_relation";

export type FriendshipResult = { ok: true; pair: RelationPair } | { ok: false; refusal: FriendshipRefusal };

const become = (mine: Relation, theirs: Relation): FriendshipResult => ({ ok: true, pair: { mine, theirs } });
const refuse = (refusal: FriendshipRefusal): FriendshipResult => ({ ok: false, refusal });

/** What `action`, taken by the owner of `mine`, makes of the pair. */
export function applyFriendshipAction(action: FriendshipAction, { mine, theirs }: RelationPair): FriendshipResult {
  if (mine === "blocked" || theirs === "blocked") return refuse("blocked");
  switch (action) {
    case "request":
      if (mine === "friend") return refuse("already_friends");
      if (mine === "outgoing") return refuse("already_sent");
      return mine === "incoming" ? become("friend", "friend") : become("outgoing", "incoming");
    case "accept":
      if (mine === "friend") return refuse("already_friends");
      return mine === "incoming" ? become("friend", "friend") : refuse("no_request");
    case "reject":
      return mine === "incoming" ? become("none", "none") : refuse("no_request");
    case "remove":
      return mine === "friend" || mine === "outgoing" ? become("none", "none") : refuse("no_relation");
  }
}
