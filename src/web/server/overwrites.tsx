// Who may do what in a place, where that is otherwise than in the server: a part for each role or member that is named,
// and in it for each rule whether it is allowed, denied or left as it is.

import { type Rule, rule_names } from "../../client/index.ts";
import type { Overwrite } from "../../protocol/community/entities.ts";
import { IconButton } from "../parts/icon.tsx";
import { SelectField } from "../parts/select-field.tsx";
import { nameOf } from "../state/people.ts";
import { words } from "../words.ts";
import { allMembers, allRoles } from "./places.ts";

const text = words.server.channels;
/** Those that say something of a channel. */
const RULES = rule_names.filter(
  (rule) =>
    !["admin", "manage_server", "kick_members", "ban_members", "create_invites", "manage_members"].includes(rule),
);

type Effect = "inherit" | "allow" | "deny";

const keyOf = (one: Overwrite) => ("role_id" in one ? `role:${one.role_id}` : `user:${one.user_id}`);
const effectOf = (one: Overwrite, rule: Rule): Effect =>
  one.allow.includes(rule) ? "allow" : one.deny.includes(rule) ? "deny" : "inherit";

function withEffect(one: Overwrite, rule: Rule, effect: Effect): Overwrite {
  const allow = one.allow.filter((other) => other !== rule);
  const deny = one.deny.filter((other) => other !== rule);
  if (effect === "allow") allow.push(rule);
  if (effect === "deny") deny.push(rule);
  return { ...one, allow, deny };
}

export function Overwrites({
  server_id,
  value,
  onChange,
}: {
  server_id: number;
  value: Overwrite[];
  onChange(value: Overwrite[]): void;
}) {
  const roles = allRoles(server_id);
  const nameFor = (one: Overwrite) =>
    "role_id" in one ? (roles.find(({ id }) => id === one.role_id)?.name ?? "") : nameOf(one.user_id, server_id);
  const known = new Set(value.map(keyOf));
  const choices = [
    ...roles.map(({ id, name }): [string, string] => [`role:${id}`, name]),
    ...allMembers(server_id).map((one): [string, string] => [`user:${one.user_id}`, one.nickname ?? one.name]),
  ].filter(([key]) => !known.has(key));
  const add = (key: string) => {
    const [kind, id] = key.split(":");
    if (!id) return;
    const target = kind === "role" ? { role_id: Number(id) } : { user_id: Number(id) };
    onChange([...value, { ...target, allow: [], deny: [] }]);
  };
  const replace = (key: string, next: Overwrite | null) =>
    onChange(value.flatMap((one) => (keyOf(one) === key ? (next ?? []) : one)));
  return (
    <fieldset class="overwrites">
      <legend class="label">{text.overwrites}</legend>
      <p class="hint">{text.overwrites_text}</p>
      {value.map((one) => {
        const [key, name] = [keyOf(one), nameFor(one)];
        return (
          <div key={key} class="overwrite">
            <div class="row spread">
              <strong>
                <bdi>{name}</bdi>
              </strong>
              <IconButton icon="bin" label={text.remove_overwrite(name)} onClick={() => replace(key, null)} />
            </div>
            <Effects overwrite={one} name={name} onChange={(next) => replace(key, next)} />
          </div>
        );
      })}
      <SelectField label={text.add_overwrite} value="" options={[["", text.choose], ...choices]} onChoose={add} />
    </fieldset>
  );
}

function Effects({
  overwrite,
  name,
  onChange,
}: {
  overwrite: Overwrite;
  name: string;
  onChange(next: Overwrite): void;
}) {
  return (
    <ul>
      {RULES.map((rule) => (
        <li key={rule}>
          <span>{words.server.rules[rule][0]}</span>
          <select
            class="input"
            aria-label={text.rule_for(words.server.rules[rule][0], name)}
            value={effectOf(overwrite, rule)}
            onChange={({ currentTarget }) => onChange(withEffect(overwrite, rule, currentTarget.value as Effect))}
          >
            <option value="inherit">{text.inherit}</option>
            <option value="allow">{text.allow}</option>
            <option value="deny">{text.deny}</option>
          </select>
        </li>
      ))}
    </ul>
  );
}
