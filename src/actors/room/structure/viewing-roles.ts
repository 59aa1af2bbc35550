// The roles that there are, and by which of them alone each channel can be viewed, as of one moment: what
// `channel_updated` tells of, and a channel's view lists. It stays as it is when the structure changes.

import type { ServerRole } from "../../../domain/community.ts";
import type { Overwrite } from "../../../domain/permissions.ts";
import { differing, type Sight } from "./sight.ts";

/** A role, and what is seen by who has it and no other. */
interface Viewing {
  readonly role: ServerRole;
  readonly sight: Sight;
}

export class ViewingRoles {
  readonly #roles: readonly Viewing[];
  readonly #ids: ReadonlySet<number>;
  /** Against which this was last compared, and what came of it: a change asks of one channel after another. */
  #compared: { readonly with: ViewingRoles; readonly differs: (channel_id: number) => boolean } | null = null;

  /** `roles` top first. */
  constructor(roles: readonly ServerRole[], sightOf: (role: ServerRole) => Sight) {
    this.#roles = roles.map((role) => ({ role, sight: sightOf(role) }));
    this.#ids = new Set(roles.map(({ id }) => id));
  }

  /** Top first. */
  of(channel_id: number): ServerRole[] {
    return this.#roles.filter(({ sight }) => sight.has(channel_id)).map(({ role }) => role);
  }

  /** The overwrites for roles that are there, and for members; the very list where that is all of it. */
  withoutGone(overwrites: readonly Overwrite[]): readonly Overwrite[] {
    const isGone = (one: Overwrite) => "role_id" in one && !this.#ids.has(one.role_id);
    return overwrites.some(isGone) ? overwrites.filter((one) => !isGone(one)) : overwrites;
  }

  /** Those of the channels whose list of roles looks otherwise than before. */
  changedSince(before: ViewingRoles, channel_ids: Iterable<number>): number[] {
    if (before === this) return [];
    if (this.#compared?.with !== before) this.#compared = { with: before, differs: this.#comparedWith(before) };
    return [...channel_ids].filter(this.#compared.differs);
  }

  #comparedWith(before: ViewingRoles): (channel_id: number) => boolean {
    const pairs = this.#pairedWith(before);
    const differs = pairs && differing(pairs.map(sightsIn), this.#alone(before, pairs));
    return differs ?? ((id) => !looksAlike(before.of(id), this.of(id)));
  }

  /** Each role that stands then and now; null where they come in another order. */
  #pairedWith(before: ViewingRoles): Pair[] | null {
    const then = new Map(before.#roles.map((was) => [was.role.id, was]));
    const pairs = this.#roles.flatMap((is): Pair[] => {
      const was = then.get(is.role.id);
      return was ? [[was, is]] : [];
    });
    const now = new Set(pairs.map(([was]) => was));
    const standing = before.#roles.filter((was) => now.has(was));
    return standing.every((was, at) => was === pairs[at]?.[0]) ? pairs : null;
  }

  /** What is seen by those that came, went, or look otherwise. */
  #alone(before: ViewingRoles, pairs: readonly Pair[]): Sight[] {
    const alike = new Set(pairs.filter(([was, is]) => isAlike(was.role, is.role)).flat());
    return [...before.#roles, ...this.#roles].filter((one) => !alike.has(one)).map(({ sight }) => sight);
  }
}

type Pair = readonly [was: Viewing, is: Viewing];

const sightsIn = ([was, is]: Pair): [Sight, Sight] => [was.sight, is.sight];

function looksAlike(one: readonly ServerRole[], other: readonly ServerRole[]): boolean {
  return one.length === other.length && one.every((role, at) => isAlike(role, other[at]));
}

function isAlike(one: ServerRole, other: ServerRole | undefined): boolean {
  return one === other || (one.id === other?.id && one.name === other.name && one.color === other.color);
}
