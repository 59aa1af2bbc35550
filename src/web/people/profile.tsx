// A person's card: who they are, what they do, and what one may do with regard to them.

import { useEffect, useState } from "preact/hooks";
import { Avatar } from "../parts/avatar.tsx";
import { BotMark } from "../parts/bot-mark.tsx";
import { Dialog } from "../parts/dialog.tsx";
import { RemoveMember } from "../server/remove-member.tsx";
import { TimeOut } from "../server/time-out.tsx";
import { client, friendList, membersOf, rolesOf, selfId, userOf } from "../state/cache.ts";
import { writeTo } from "../state/conversations.ts";
import { attempt, say } from "../state/notices.ts";
import { personOf } from "../state/people.ts";
import { ways } from "../state/places.ts";
import { may, outranks, timedOutUntil } from "../state/rights.ts";
import { dateOf, shortTime } from "../state/times.ts";
import { words } from "../words.ts";
import { ReportDialog } from "./report.tsx";

export function Profile({ user_id, server_id, onClose }: { user_id: number; server_id: number; onClose(): void }) {
  const [removing, setRemoving] = useState<"kick" | "ban" | "break" | null>(null);
  const [is_reporting, setReporting] = useState(false);
  const person = personOf(user_id, server_id);
  const user = userOf(user_id);
  useEffect(() => void client.value?.ask("get_user", { user_id }).catch(() => {}), [user_id]);
  const roles = membersOf(server_id)?.get(user_id)?.roles ?? [];
  const named = [...(rolesOf(server_id)?.values() ?? [])].filter(({ id }) => roles.includes(id));
  const is_other = user_id !== selfId();
  const until = server_id ? timedOutUntil(server_id, user_id) : null;
  const state = friendList().find((friend) => friend.user_id === user_id)?.state;
  const ranks_below = is_other && server_id !== 0 && outranks(server_id, user_id);
  if (is_reporting) return <ReportDialog reported={{ user_id }} onClose={onClose} />;
  if (removing === "break") return <TimeOut {...{ server_id, user_id, onClose }} name={person.name} />;
  if (removing) return <RemoveMember {...{ server_id, user_id, removing, onClose }} name={person.name} />;
  return (
    <Dialog title={words.people.profile} onClose={onClose}>
      <div class="profile">
        <Avatar
          id={user_id}
          name={person.name}
          picture={person.picture}
          size={80}
          status={person.status ?? "offline"}
        />
        <h3>
          <bdi>{person.name}</bdi> <BotMark of={person} />
        </h3>
        {user && user.name !== person.name && <p class="hint">{user.name}</p>}
        {person.custom_status && <p>{person.custom_status}</p>}
        {person.playing && <p class="playing">{words.people.playing(person.playing)}</p>}
        {user?.bio && (
          <p class="bio" dir="auto">
            {user.bio}
          </p>
        )}
        {named.length > 0 && (
          <ul class="tags" aria-label={words.people.roles}>
            {named.map(({ id, name, color }) => (
              <li key={id}>
                <span class="dot" style={{ background: color ?? "var(--edge)" }} />
                {name}
              </li>
            ))}
          </ul>
        )}
        {until && <p class="hint">{words.server.members.timed_out_until(shortTime(until))}</p>}
        {user?.created_date && <p class="hint">{words.people.member_since(dateOf(user.created_date))}</p>}
        {is_other && <CommonServers user_id={user_id} onClose={onClose} />}
        {is_other && (
          <div class="row">
            {state !== "blocked" && (
              <button
                type="button"
                class="button go"
                onClick={() => void writeTo(user_id).then((is_done) => is_done && onClose())}
              >
                {words.conversations.message}
              </button>
            )}
            <Friendship user_id={user_id} name={user?.name ?? person.name} is_bot={person.bot} />
            <button type="button" class="button" onClick={() => setReporting(true)}>
              {words.people.report}
            </button>
            {ranks_below && may("kick_members", server_id) && (
              <button type="button" class="button" onClick={() => setRemoving("break")}>
                {until ? words.server.members.end_time_out : words.server.members.time_out}
              </button>
            )}
            {ranks_below && may("kick_members", server_id) && (
              <button type="button" class="button danger" onClick={() => setRemoving("kick")}>
                {words.people.kick}
              </button>
            )}
            {ranks_below && may("ban_members", server_id) && (
              <button type="button" class="button danger" onClick={() => setRemoving("ban")}>
                {words.people.ban}
              </button>
            )}
          </div>
        )}
      </div>
    </Dialog>
  );
}

/** A bot has no friends. */
function Friendship({ user_id, name, is_bot }: { user_id: number; name: string; is_bot: boolean }) {
  const state = friendList().find((friend) => friend.user_id === user_id)?.state;
  const mine = client.value;
  if (!mine) return null;
  const act = (action: "accept" | "block" | "unblock") => void attempt(mine.ask("update_friend", { user_id, action }));
  const add = async () => {
    if (await attempt(mine.ask("add_friend", { user_id }))) say(words.people.sent(name));
  };
  return (
    <>
      {state === undefined && !is_bot && (
        <button type="button" class="button go" onClick={() => void add()}>
          {words.people.add_friend}
        </button>
      )}
      {state === "incoming" && (
        <button type="button" class="button go" onClick={() => act("accept")}>
          {words.people.accept}
        </button>
      )}
      {state === "outgoing" && <p class="hint">{words.people.asked}</p>}
      <button type="button" class="button" onClick={() => act(state === "blocked" ? "unblock" : "block")}>
        {state === "blocked" ? words.people.unblock : words.people.block}
      </button>
    </>
  );
}

function CommonServers({ user_id, onClose }: { user_id: number; onClose(): void }) {
  const [servers, setServers] = useState<{ id: number; name: string; image: string | null }[]>([]);
  useEffect(() => {
    client.value?.ask("get_servers", { user_id }).then(
      (reply) => setServers(reply.servers),
      () => {},
    );
  }, [user_id]);
  if (servers.length === 0) return null;
  return (
    <div class="common">
      <h4 class="over-title">{words.people.common}</h4>
      <ul>
        {servers.map(({ id, name, image }) => (
          <li key={id}>
            <a href={ways.server(id)} aria-label={name} title={name} onClick={onClose}>
              <Avatar id={id} name={name} picture={image} size={36} is_server />
            </a>
          </li>
        ))}
      </ul>
    </div>
  );
}
