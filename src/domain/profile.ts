// What a person shows of themselves. Pure values.

import type { DmsSetting } from "./conversations.ts";
import type { ChosenStatus } from "./presence.ts";

/** As stored. `seq` is that of the last change, in the `user:` topic; a deleted user keeps an empty one. */
export interface Profile {
  readonly id: number;
  readonly name: string;
  readonly profile_pic: string | null;
  readonly bio: string | null;
  readonly status: ChosenStatus;
  readonly custom_status: string | null;
  /** Unix milliseconds. */
  readonly created_at: number;
  readonly seq: number;
  readonly bot: boolean;
  readonly deleted: boolean;
}

export interface ProfileFields {
  readonly name: string;
  readonly profile_pic: string | null;
  readonly bio: string | null;
  readonly status: ChosenStatus;
  readonly custom_status: string | null;
  /** From whom a first message is taken: nobody else is told. */
  readonly dms: DmsSetting;
}

const fields = ["name", "profile_pic", "bio", "status", "custom_status", "dms"] as const;

/** Those of the wanted values that differ from what stands. */
export function profileDiff(
  standing: ProfileFields,
  wanted: { readonly [Name in keyof ProfileFields]?: ProfileFields[Name] | undefined },
): Partial<ProfileFields> {
  const differing = fields.filter((name) => wanted[name] !== undefined && wanted[name] !== standing[name]);
  return Object.fromEntries(differing.map((name) => [name, wanted[name]]));
}
