// Friendship as two directed rows, one for each side, and what each action makes of them. Pure: the caller reads both
// rows, asks here, and writes both in one transaction.

/** One person's row about the other. `blocked_by` faces a `blocked`; `none` is no row, or the tombstone of one. */
export type Relation = "none" | "incoming" | "outgoing" | "friend" | "blocked" | "blocked_by";

/** A relation as its owner is shown it. */
export type ShownRelation = Exclude<Relation, "blocked_by">;

export interface RelationPair {
  readonly mine: Relation;
  readonly theirs: Relation;
}

/** `remove` ends a friendship or one's own request; `drop` takes whatever the other side left in one's list off it. */
export type FriendshipAction = "request" | "accept" | "reject" | "remove" | "drop" | "block" | "unblock";

export type FriendshipRefusal =
  | "already_friends"
  | "already_sent"
  | "already_blocked"
  | "blocked"
  | "no_request"
  | "no_relation"
  | "no_block"
  | "no_person";

export type FriendshipResult = { ok: true; pair: RelationPair } | { ok: false; refusal: FriendshipRefusal };

const become = (mine: Relation, theirs: Relation): FriendshipResult => ({ ok: true, pair: { mine, theirs } });
const refuse = (refusal: FriendshipRefusal): FriendshipResult => ({ ok: false, refusal });

/** What `action`, taken by the owner of `mine`, makes of the pair. Nobody befriends a bot; it can be blocked. */
export function applyFriendshipAction(
  action: FriendshipAction,
  pair: RelationPair,
  with_bot = false,
): FriendshipResult {
  if (with_bot && action === "request") return refuse("no_person");
  switch (action) {
    case "block":
      return block(pair);
    case "unblock":
      return unblock(pair);
    case "drop":
      return drop(pair);
    default:
      return pair.mine === "blocked" || pair.theirs === "blocked" ? refuse("blocked") : befriend(action, pair);
  }
}

function befriend(action: "request" | "accept" | "reject" | "remove", { mine }: RelationPair): FriendshipResult {
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

/** A stranger isn't told that they were blocked: only who had a relation gets the row that says so. */
function block({ mine, theirs }: RelationPair): FriendshipResult {
  if (mine === "blocked") return refuse("already_blocked");
  if (theirs === "none" || theirs === "blocked") return become("blocked", theirs);
  return become("blocked", "blocked_by");
}

function unblock({ mine, theirs }: RelationPair): FriendshipResult {
  if (mine !== "blocked") return refuse("no_block");
  return theirs === "blocked" ? become("blocked_by", "blocked") : become("none", "none");
}

function drop({ mine, theirs }: RelationPair): FriendshipResult {
  if (mine === "none" || mine === "blocked") return refuse("no_relation");
  return become("none", theirs === "blocked" ? "blocked" : "none");
}

/** Who blocked whom doesn't show in one's list; who isn't the one who did can't undo it. */
export function shownRelation(relation: Relation): ShownRelation {
  return relation === "blocked_by" ? "blocked" : relation;
}

/** Whether the two have a friendship, or a request between them. */
export function isConnected({ mine, theirs }: RelationPair): boolean {
  return [mine, theirs].some((relation) => ["friend", "incoming", "outgoing"].includes(relation));
}
