// The settings as they stand now: what the environment fixed, else what somebody has set, else what the configuration
// says. What is set is stored first and then taken over.

import {
  instance_settings,
  type SettingName,
  type SettingTexts,
  type SettingValue,
  setting_names,
} from "../../domain/instance-settings.ts";
import type { Write } from "../engine/write.ts";
import type { Store } from "../store.ts";
import { type Follower, followedBy, type Texts } from "./following.ts";

export interface LiveSettings extends Follower {
  value<Name extends SettingName>(name: Name): SettingValue<Name>;
  text(name: SettingName): string;
  /** The environment says so: it can't be set. */
  isFixed(name: SettingName): boolean;
  /** What is stored of it, null for nothing, and the text that stands by that: as it is in the database now. */
  read(name: SettingName): Promise<{ stored: string | null; text: string }>;
  /** Stores a text without fault in place of that; an empty one is what stands by itself. */
  replace(name: SettingName, stored: string | null, text: string): Write<string>;
  /** It is stored. */
  took(name: SettingName, text: string): void;
}

export interface SettingSources {
  /** What the environment says. */
  fixed: SettingTexts;
  /** What stands where nothing is set. */
  standing: SettingTexts;
}

const keyOf = (name: SettingName) => `setting:${name}`;

export async function openLiveSettings(
  { settings }: Pick<Store, "settings">,
  { fixed, standing }: SettingSources,
): Promise<LiveSettings> {
  const stored = new Map<SettingName, string>();
  // What another version took may be none of this one's.
  const isGood = (name: SettingName, text: string | null | undefined): text is string =>
    Boolean(text) && instance_settings[name].fault(text ?? "") === null;
  const take = (texts: Texts) => {
    for (const name of setting_names) {
      const text = texts.get(keyOf(name));
      if (isGood(name, text)) stored.set(name, text);
      else stored.delete(name);
    }
  };
  const keys = setting_names.map(keyOf);
  take(await settings.among(keys));
  const following = followedBy(keys, take);
  const textBy = (name: SettingName, set: string | undefined) =>
    fixed[name] ?? set ?? standing[name] ?? instance_settings[name].standing;
  const text = (name: SettingName) => textBy(name, stored.get(name));
  return {
    text,
    value: (name) => instance_settings[name].read(text(name)) as never,
    isFixed: (name) => fixed[name] !== undefined,
    async read(name) {
      const found = await settings.get(keyOf(name));
      return { stored: found, text: textBy(name, isGood(name, found) ? found : undefined) };
    },
    replace: (name, was, given) => settings.replace(keyOf(name), was, given),
    took(name, given) {
      following.changed();
      if (given === "") stored.delete(name);
      else stored.set(name, given);
    },
    ...{ keys, follow: following.follow },
  };
}

/** What this server is called, and its picture; null where neither is set. */
export function instanceOf({ text }: LiveSettings): () => { name: string; icon: string } | null {
  return () => {
    const [name, icon] = [text("instance_name"), text("instance_icon")];
    return name === "" && icon === "" ? null : { name, icon };
  };
}
