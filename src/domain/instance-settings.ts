// What may be set while the server runs, each with how its text is read and what is wrong with one. What stands when
// nobody has set it, the configuration may say. Pure.

import { limits } from "./limits.ts";

interface SettingLiteral<Value> {
  readonly doc: string;
  /** What stands where neither anybody nor the configuration says otherwise. */
  readonly standing: string;
  /** What is wrong with a text, to follow the name of the setting; null when nothing is. */
  fault(text: string): string | null;
  /** Of a text without fault. */
  read(text: string): Value;
}

function choice<const Choice extends string>(choices: readonly Choice[], doc: string): SettingLiteral<Choice> {
  return {
    doc: `${doc}: ${choices.join(", ")}`,
    standing: choices[0] ?? "",
    fault: (text) => (choices.includes(text as Choice) ? null : `wants one of ${choices.join(", ")}`),
    read: (text) => text as Choice,
  };
}

function line(length: number, doc: string): SettingLiteral<string> {
  return {
    doc,
    standing: "",
    fault: (text) =>
      [...text].length <= length && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text)
        ? null
        : `wants one line of ${length} characters`,
    read: (text) => text,
  };
}

function whole(most: number, standing: number, doc: string): SettingLiteral<number> {
  return {
    doc: `${doc}: 0 to ${most}`,
    standing: String(standing),
    fault: (text) => (/^\d{1,12}$/.test(text) && Number(text) <= most ? null : `wants a whole number, 0 to ${most}`),
    read: Number,
  };
}

/** Ids, separated by commas. */
function ids(most: number, doc: string): SettingLiteral<readonly number[]> {
  const read = (text: string) => (text === "" ? [] : text.split(",").map(Number));
  const isGood = (list: readonly number[]) =>
    list.length <= most && new Set(list).size === list.length && list.every(Number.isSafeInteger);
  return {
    doc: `${doc}: ids, ${most} at most, separated by commas`,
    standing: "",
    fault: (text) =>
      /^\d{1,16}(, ?\d{1,16})*$/.test(text) && isGood(read(text))
        ? null
        : `wants ids, ${most} at most, each once, separated by commas`,
    read,
  };
}

export const instance_settings = {
  registration: choice(["open", "invite", "closed"], "who may make an account"),
  server_invites_admit: choice(["off", "on"], "whether an invite to a server is one to make an account, too"),
  default_servers: ids(limits.default_servers, "servers that new accounts come into"),
  server_creation: choice(["everyone", "admins"], "who may make servers"),
  upload_quota: whole(limits.most_upload_quota_bytes, limits.upload_quota_bytes, "bytes of files that a user may have"),
  retention_days: whole(limits.most_retention_days, 0, "days after which messages go; 0 keeps them for ever"),
  instance_name: line(limits.server_name_length, "what this server is called"),
  instance_icon: line(limits.image_url_length, "the path or URL of its picture"),
} as const;

export type SettingName = keyof typeof instance_settings;
export type SettingValue<Name extends SettingName> = ReturnType<(typeof instance_settings)[Name]["read"]>;
/** By name, as texts. */
export type SettingTexts = Partial<Record<SettingName, string>>;

export const setting_names = Object.keys(instance_settings) as SettingName[];
