// A number of places that many want. Whoever waits for one waits in the line of their party, a user as a rule; parties
// take turns within their group, an address as a rule, and groups take turns: a crowd of one waits behind itself. Where
// too many wait, the newest of the longest line gives way. What is done at a place it doesn't know.

import { Fifo } from "./fifo.ts";

/** Who wants a place. Where only an address is known, it is party and group in one. */
export interface Party {
  readonly party: string;
  readonly group: string;
}

/** A place that somebody has, which others may have meanwhile while its holder waits for something that needs none. */
export interface Place {
  readonly who: Party;
  /** Whether anybody still waits for what comes of its work. */
  readonly isWanted: () => boolean;
  /**
   * Gives it away for now, unless as many have done so as may and none of them wants it. To its party it still counts:
   * nobody begins more than they may.
   */
  leave(): void;
  /** Settles once it is held again, before anybody who hasn't begun; at once where it is, or its work has ended. */
  take(): Promise<void>;
}

export interface Shares {
  /** Places in all, and those that one party may have at once. */
  readonly places: number;
  readonly per_party: number;
  /** Those who may wait, all together. */
  readonly waiting: number;
  /** Turns a round of a group in which as many parties wait: behind one address there may be a whole school. */
  readonly per_group: number;
}

interface Waiting {
  /** Whether anybody still waits for what comes of it. */
  isWanted(): boolean;
  /** The place is theirs, or it never will be. */
  settle(has_place: boolean): void;
}

/** Those of one party in one group, oldest first. */
interface Line extends Party {
  readonly waiting: Fifo<Waiting>;
}

interface Group {
  readonly name: string;
  readonly lines: Map<string, Line>;
  /** The lines whose parties may have one more place, in the order of their turns. */
  readonly ready: Set<Line>;
  waiting: number;
  /** Turns that it has left in this round. */
  turns: number;
}

/** The places of a party, and its lines that wait until it has one less. */
interface Held {
  places: number;
  readonly behind: Set<Line>;
}

export class FairShare {
  readonly #shares: Shares;
  readonly #groups = new Map<string, Group>();
  /** The groups with a line that is ready, in the order of their turns. */
  readonly #ready = new Set<Group>();
  readonly #held = new Map<string, Held>();
  /** Those who had a place, left it, and want it again. */
  readonly #returning = new Set<() => void>();
  /** Those who have left theirs and whose work goes on, with all that it has read so far. */
  #left = 0;
  #in_use = 0;
  #waiting = 0;
  #refused = 0;

  constructor(shares: Shares) {
    this.#shares = shares;
  }

  /** How many have a place, how many wait, and how many were ever refused one. */
  get stats(): { in_use: number; waiting: number; refused: number } {
    return { in_use: this.#in_use, waiting: this.#waiting, refused: this.#refused };
  }

  /**
   * Does the work at a place, as soon as there is one for this party; `refused` gives what comes of it where too many
   * wait, or where nobody wants it any more when its turn comes.
   */
  async run<Value>(
    who: Party,
    work: (place: Place) => Promise<Value>,
    refused: () => Value,
    isWanted: () => boolean = always,
  ): Promise<Value> {
    if (!(await this.#begin(who, isWanted))) return refused();
    const place = this.#placeOf(who, isWanted);
    try {
      return await work(place);
    } finally {
      place.end();
    }
  }

  #placeOf(who: Party, isWanted: () => boolean): Place & { end(): void } {
    let is_held = true;
    let has_ended = false;
    let again: PromiseWithResolvers<void> | null = null;
    const settle = () => {
      this.#returning.delete(hold);
      again?.resolve();
      again = null;
    };
    const hold = () => {
      is_held = true;
      this.#left -= 1;
      this.#in_use += 1;
      settle();
    };
    const leave = () => {
      settle();
      const may_leave = this.#left < this.#shares.places * LEFT_A_PLACE || this.#returning.size > 0;
      if (has_ended || !is_held || !may_leave) return;
      is_held = false;
      this.#left += 1;
      this.#in_use -= 1;
      this.#handOut();
    };
    const take = async () => {
      if (is_held || has_ended) return;
      if (this.#in_use < this.#shares.places) return hold();
      again ??= Promise.withResolvers();
      this.#returning.add(hold);
      return again.promise;
    };
    const end = () => {
      has_ended = true;
      settle();
      if (is_held) this.#in_use -= 1;
      else this.#left -= 1;
      this.#endOne(who.party);
      this.#handOut();
    };
    return { who, isWanted, leave, take, end };
  }

  #begin(who: Party, isWanted: () => boolean): boolean | Promise<boolean> {
    if (this.#in_use < this.#shares.places && this.#mayHaveOneMore(who.party)) return this.#take(who.party);
    return new Promise((settle) => {
      this.#join(who, { isWanted, settle });
      if (this.#waiting > this.#shares.waiting) this.#refuseOne(who);
    });
  }

  #mayHaveOneMore(party: string): boolean {
    return (this.#held.get(party)?.places ?? 0) < this.#shares.per_party;
  }

  #take(party: string): true {
    const held = this.#held.get(party);
    if (held) held.places += 1;
    else this.#held.set(party, { places: 1, behind: new Set() });
    this.#in_use += 1;
    return true;
  }

  /** The party may have one more, if there is one. */
  #endOne(party: string): void {
    const held = this.#held.get(party) as Held;
    held.places -= 1;
    if (held.places === 0) this.#held.delete(party);
    for (const line of held.behind) this.#makeReady(line);
    held.behind.clear();
  }

  #handOut(): void {
    while (this.#in_use < this.#shares.places) {
      const [hold] = this.#returning;
      if (hold) {
        hold();
        continue;
      }
      const line = this.#nextLine();
      if (!line) return;
      const next = this.#shift(line);
      if (next?.isWanted()) next.settle(this.#take(line.party));
      else next?.settle(false);
    }
  }

  /** The line whose turn it is, which then goes behind the others. */
  #nextLine(): Line | null {
    for (const group of this.#ready) {
      for (const line of group.ready) {
        group.ready.delete(line);
        if (this.#mayHaveOneMore(line.party)) {
          group.ready.add(line);
          this.#endTurn(group);
          return line;
        }
        this.#held.get(line.party)?.behind.add(line);
      }
      this.#ready.delete(group);
    }
    return null;
  }

  #endTurn(group: Group): void {
    group.turns -= 1;
    if (group.turns > 0) return;
    this.#ready.delete(group);
    this.#beReady(group);
  }

  #beReady(group: Group): void {
    if (this.#ready.has(group)) return;
    this.#ready.add(group);
    group.turns = Math.min(group.ready.size, this.#shares.per_group);
  }

  #makeReady(line: Line): void {
    const group = this.#groups.get(line.group);
    // It may have emptied meanwhile.
    if (group?.lines.get(line.party) !== line) return;
    group.ready.add(line);
    this.#beReady(group);
  }

  #join({ party, group: name }: Party, one: Waiting): void {
    const group = this.#groups.get(name) ?? { name, lines: new Map(), ready: new Set(), waiting: 0, turns: 0 };
    this.#groups.set(name, group);
    const line = group.lines.get(party) ?? { party, group: name, waiting: new Fifo() };
    line.waiting.push(one);
    group.waiting += 1;
    this.#waiting += 1;
    if (group.lines.has(party)) return;
    group.lines.set(party, line);
    this.#makeReady(line);
  }

  /** The newest of the longest line of the largest group; of several such, of that of the one who has come. */
  #refuseOne({ party, group: name }: Party): void {
    let group = this.#groups.get(name) as Group;
    for (const other of this.#groups.values()) if (other.waiting > group.waiting) group = other;
    const own = group.name === name ? group.lines.get(party) : undefined;
    let longest = own;
    for (const line of group.lines.values()) {
      const more = line.waiting.length - (longest?.waiting.length ?? 0);
      if (more > 0 || (more === 0 && longest !== own)) longest = line;
    }
    if (!longest) return;
    const newest = longest.waiting.pop();
    this.#wentFrom(longest);
    this.#refused += 1;
    newest?.settle(false);
  }

  #shift(line: Line): Waiting | undefined {
    const first = line.waiting.shift();
    this.#wentFrom(line);
    return first;
  }

  #wentFrom(line: Line): void {
    const group = this.#groups.get(line.group) as Group;
    group.waiting -= 1;
    this.#waiting -= 1;
    if (line.waiting.length > 0) return;
    group.lines.delete(line.party);
    group.ready.delete(line);
    this.#held.get(line.party)?.behind.delete(line);
    if (group.ready.size === 0) this.#ready.delete(group);
    if (group.lines.size === 0) this.#groups.delete(group.name);
  }
}

/** For each place, those who may have left one at the same time. */
const LEFT_A_PLACE = 8;

const always = () => true;
