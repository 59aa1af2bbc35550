// The kinds of reads that never wait for each other: what takes long has a thread of its own, or some of a database
// server's connections and never all of them. Within a lane reads go in their order; between lanes there is none.
// Must not hold what a caller wants right after a read of another lane: both see every job acknowledged before them.

/** `quick`: what is bounded and small. `catching-up`: what changed while somebody was away. `search`: full text. */
export const lanes = ["quick", "catching-up", "search"] as const;

export type Lane = (typeof lanes)[number];
