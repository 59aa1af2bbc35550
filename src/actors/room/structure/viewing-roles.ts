// By which roles alone each channel can be viewed, as of one moment: what `channel_updated` tells of, and a channel's
// view lists. It stays as it is when the structure changes.

import type { ServerRole } from "../../../domain/community.ts";
import type { Sight } from "./sight.ts";

/** A role, and what is seen by who has it and no other. */
interface Viewing {
  readonly role: ServerRole;
  readonly sight: Sight;
}

export class ViewingRoles {
  readonly #roles: readonly Viewing[];
  /** What differs from those that this was last compared with: a change asks of one channel after another. */
  #compared: { readonly with: ViewingRoles; readonly differing: readonly [Viewing, Viewing][] | null } | null = null;

  /** `roles` top first. */
  constructor(roles: readonly ServerRole[], sightOf: (role: ServerRole) => Sight) {
    this.#roles = roles.map((role) => ({ role, sight: sightOf(role) }));
  }

  /** Top first. */
  of(channel_id: number): ServerRole[] {
    return this.#roles.filter(({ sight }) => sight.has(channel_id)).map(({ role }) => role);
  }

  /** Those of the channels whose list of roles looks otherwise than before. */
  changedSince(before: ViewingRoles, channel_ids: Iterable<number>): number[] {
    if (before === this) return [];
    const differing = this.#differingFrom(before);
    if (!differing) return [...channel_ids].filter((id) => !looksAlike(before.of(id), this.of(id)));
    if (differing.length === 0) return [];
    return [...channel_ids].filter((id) =>
      differing.some(([was, is]) => {
        const [had, has] = [was.sight.has(id), is.sight.has(id)];
        return had !== has || (has && !isAlike(was.role, is.role));
      }),
    );
  }

  #differingFrom(before: ViewingRoles): readonly [Viewing, Viewing][] | null {
    if (this.#compared?.with === before) return this.#compared.differing;
    const differs = ([was, is]: [Viewing, Viewing]) => !isAlike(was.role, is.role) || !was.sight.isSame(is.sight);
    const differing = this.#pairedWith(before)?.filter(differs) ?? null;
    this.#compared = { with: before, differing };
    return differing;
  }

  /** Each role then and now, where they are the same in the same order; null where they are not. */
  #pairedWith(before: ViewingRoles): [Viewing, Viewing][] | null {
    if (before.#roles.length !== this.#roles.length) return null;
    const pairs = this.#roles.map((is, at): [Viewing, Viewing] => [before.#roles[at] ?? is, is]);
    return pairs.every(([was, is]) => was.role.id === is.role.id) ? pairs : null;
  }
}

function looksAlike(one: readonly ServerRole[], other: readonly ServerRole[]): boolean {
  return one.length === other.length && one.every((role, at) => isAlike(role, other[at]));
}

function isAlike(one: ServerRole, other: ServerRole | undefined): boolean {
  return one === other || (one.id === other?.id && one.name === other.name && one.color === other.color);
}
