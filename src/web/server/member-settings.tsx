// The members: their roles and nicknames, and their leaving.

import { useEffect, useState } from "preact/hooks";
import type { Member, Role } from "../../protocol/community/entities.ts";
import { Avatar } from "../parts/avatar.tsx";
import { BotMark } from "../parts/bot-mark.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { IconButton } from "../parts/icon.tsx";
import { client, selfId, serverOf } from "../state/cache.ts";
import { personOf } from "../state/people.ts";
import { may, outranks, ownRank, timedOutUntil } from "../state/rights.ts";
import { shortTime } from "../state/times.ts";
import { words } from "../words.ts";
import { AddBot } from "./add-bot.tsx";
import { allMembers, allRoles } from "./places.ts";
import { RemoveMember } from "./remove-member.tsx";
import { TimeOut } from "./time-out.tsx";

const text = words.server.members;
const MOST = 100;

/** Those whom the server finds by a part of a name; those that are loaded while nothing is looked for. */
function useFound(server_id: number, filter: string): Member[] {
  const [found, setFound] = useState<Member[]>([]);
  const loaded = allMembers(server_id);
  useEffect(() => {
    let is_wanted = true;
    const asked = { server_id, amount: MOST, anchor: 0, filter: { name: filter } };
    if (filter) {
      client.value?.ask("get_server_members", asked).then(
        ({ members }) => is_wanted && setFound(members),
        () => {},
      );
    }
    return () => {
      is_wanted = false;
    };
  }, [server_id, filter]);
  const now = new Map(loaded.map((member) => [member.user_id, member]));
  return filter ? found.map((member) => now.get(member.user_id) ?? member) : loaded.slice(0, MOST);
}

export function MemberSettings({ server_id }: { server_id: number }) {
  const [filter, setFilter] = useState("");
  const [managing, setManaging] = useState<number | null>(null);
  const [is_adding, setAdding] = useState(false);
  const members = useFound(server_id, filter.trim());
  const roles = new Map(allRoles(server_id).map((role) => [role.id, role]));
  const owner_id = serverOf(server_id)?.details?.owner_id;
  const managed = members.find(({ user_id }) => user_id === managing);
  return (
    <>
      {may("manage_server", server_id) && (
        <div>
          <button type="button" class="button" onClick={() => setAdding(true)}>
            {words.server.add_bot.title}
          </button>
        </div>
      )}
      <input
        class="input"
        type="search"
        aria-label={text.filter}
        placeholder={text.filter}
        value={filter}
        onInput={({ currentTarget }) => setFilter(currentTarget.value)}
      />
      <ul class="cards lined">
        {members.map((member) => (
          <li key={member.user_id} class="card">
            <MemberLine member={member} server_id={server_id} roles={roles} is_owner={member.user_id === owner_id} />
            {(member.user_id === selfId() || outranks(server_id, member.user_id)) && (
              <IconButton
                icon="pencil"
                label={text.manage(member.nickname ?? member.name)}
                onClick={() => setManaging(member.user_id)}
              />
            )}
          </li>
        ))}
      </ul>
      {is_adding && <AddBot server_id={server_id} onClose={() => setAdding(false)} />}
      {managed && <ManageMember server_id={server_id} member={managed} onClose={() => setManaging(null)} />}
    </>
  );
}

function MemberLine({
  member,
  server_id,
  roles,
  is_owner,
}: {
  member: Member;
  server_id: number;
  roles: Map<number, Role>;
  is_owner: boolean;
}) {
  const person = personOf(member.user_id, server_id);
  const until = timedOutUntil(server_id, member.user_id);
  const named = member.roles.flatMap((id) => roles.get(id)?.name ?? []);
  return (
    <>
      <Avatar id={member.user_id} name={person.name} picture={person.picture} size={34} />
      <span class="who">
        <strong>
          <bdi>{person.name}</bdi> <BotMark of={person} />
        </strong>
        <span>
          {[is_owner && text.owner, until && text.timed_out_until(shortTime(until)), ...named]
            .filter(Boolean)
            .join(", ") || " "}
        </span>
      </span>
    </>
  );
}

function ManageMember({ server_id, member, onClose }: { server_id: number; member: Member; onClose(): void }) {
  const [removing, setRemoving] = useState<"kick" | "ban" | "break" | null>(null);
  const { user_id, name } = member;
  const until = timedOutUntil(server_id, user_id);
  const may_manage = may("manage_members", server_id);
  const roles = allRoles(server_id).filter(({ position }) => position > 0);
  const submit = useSubmit(async (values) => {
    const chosen = roles.filter(({ id }) => values[`role-${id}`] === "on").map(({ id }) => id);
    const kept = may_manage ? { roles: chosen } : {};
    const nickname = values["nickname"]?.trim() || null;
    await client.value?.ask("update_member", { server_id, user_id, changes: { nickname, ...kept } });
    onClose();
  });
  if (removing === "break") return <TimeOut {...{ server_id, user_id, name, onClose }} />;
  if (removing) return <RemoveMember {...{ server_id, user_id, name, removing, onClose }} />;
  const is_other = user_id !== selfId();
  return (
    <Dialog title={text.manage(member.nickname ?? name)} onClose={onClose}>
      <Form action={words.save} fields={["nickname"]} {...submit}>
        <Field
          name="nickname"
          label={text.nickname}
          defaultValue={member.nickname ?? ""}
          placeholder={name}
          maxLength={32}
          autoComplete="off"
          refusal={submit.refusal}
        />
        {may_manage && roles.length > 0 && (
          <fieldset class="form">
            <legend class="label">{text.roles}</legend>
            {roles.map(({ id, name, position }) => (
              <label key={id} class="check">
                <input
                  type="checkbox"
                  name={`role-${id}`}
                  defaultChecked={member.roles.includes(id)}
                  disabled={position >= ownRank(server_id)}
                />
                {name}
              </label>
            ))}
          </fieldset>
        )}
      </Form>
      {is_other && (
        <div class="form">
          <div class="row">
            {may("kick_members", server_id) && (
              <button type="button" class="button" onClick={() => setRemoving("break")}>
                {until ? text.end_time_out : text.time_out}
              </button>
            )}
            {may("kick_members", server_id) && (
              <button type="button" class="button danger" onClick={() => setRemoving("kick")}>
                {text.kick}
              </button>
            )}
            {may("ban_members", server_id) && (
              <button type="button" class="button danger" onClick={() => setRemoving("ban")}>
                {text.ban}
              </button>
            )}
          </div>
        </div>
      )}
    </Dialog>
  );
}
