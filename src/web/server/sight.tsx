// What a member or a role sees and may, and which step of the computation decided it.

import { useState } from "preact/hooks";
import { defaultRoleOf, type Reason, rule_names, type Standing, standingOf, verdictsOf } from "../../client/index.ts";
import type { Role } from "../../protocol/community/entities.ts";
import { SelectField } from "../parts/select-field.tsx";
import { rolesOf, selfId, serverOf } from "../state/cache.ts";
import { words } from "../words.ts";
import { allChannels, allMembers, allRoles, overwritesOf } from "./places.ts";

const text = words.server.sight;

export function Sight({ server_id }: { server_id: number }) {
  const [subject, setSubject] = useState(`user:${selfId()}`);
  const [where, setWhere] = useState(0);
  const roles = rolesOf(server_id) as ReadonlyMap<number, Role> | null;
  if (!roles) return null;
  const standing = standingFor(server_id, subject, roles);
  const default_role = defaultRoleOf(roles);
  const channels = allChannels(server_id);
  const seen = channels.filter(
    ({ id }) => verdictsOf(standing, default_role, overwritesOf(server_id, id)).view_channel.may,
  );
  const verdicts = verdictsOf(standing, default_role, where ? overwritesOf(server_id, where) : undefined);
  const subjects = [
    ...allRoles(server_id).map(({ id, name }): [string, string] => [`role:${id}`, text.role(name)]),
    ...allMembers(server_id).map((one): [string, string] => [`user:${one.user_id}`, one.nickname ?? one.name]),
  ];
  return (
    <>
      <p class="hint">{text.text}</p>
      <div class="row end-aligned">
        <SelectField<string> label={text.as} value={subject} options={subjects} onChoose={setSubject} />
        <SelectField<number>
          label={text.where}
          value={where}
          options={[[0, text.at_large], ...channels.map(({ id, name }): [number, string] => [id, `#${name}`])]}
          onChoose={setWhere}
        />
      </div>
      <section>
        <h2 class="over-title">{seen.length > 0 ? text.sees : text.sees_none}</h2>
        <ul class="tags at-start">
          {seen.map(({ id, name }) => (
            <li key={id}>#{name}</li>
          ))}
        </ul>
      </section>
      <table class="verdicts">
        <thead>
          <tr>
            <th scope="col">{text.rule}</th>
            <th scope="col">{text.answer}</th>
            <th scope="col">{text.why}</th>
          </tr>
        </thead>
        <tbody>
          {rule_names.map((rule) => {
            const { may, reason } = verdicts[rule];
            return (
              <tr key={rule}>
                <th scope="row">{words.server.rules[rule][0]}</th>
                <td>
                  <span class={may ? "tag" : "tag bad"}>{may ? text.may : text.may_not}</span>
                </td>
                <td>{wordsOf(reason, may)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </>
  );
}

/** A role is seen as by somebody who has it and no other. */
function standingFor(server_id: number, subject: string, roles: ReadonlyMap<number, Role>): Standing {
  const [kind, id] = subject.split(":");
  if (kind === "role") {
    const role = roles.get(Number(id));
    return { user_id: null, is_owner: false, roles: role && role.position > 0 ? [role] : [] };
  }
  const owner_id = serverOf(server_id)?.details?.owner_id ?? null;
  const member = allMembers(server_id).find(({ user_id }) => user_id === Number(id));
  return standingOf(member ?? { user_id: Number(id), roles: [] }, roles, owner_id);
}

function wordsOf(reason: Reason, may: boolean): string {
  switch (reason.by) {
    case "owner":
      return text.owner;
    case "nothing":
      return text.nothing;
    case "admin":
      return text.admin(reason.role.name);
    case "role":
      return text.by_role(reason.role.name);
    case "hidden":
      return `${text.hidden}: ${wordsOf(reason.because, false)}`;
    case "overwrite": {
      const to = reason.target === "role" ? text.to_role(reason.role?.name ?? "") : text.to[reason.target];
      return text.overwrite(text.effects[may ? "allow" : "deny"], text.at[reason.at], to);
    }
  }
}
