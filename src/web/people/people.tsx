// Friends: who is here, everybody, who waits for an answer, whom one has blocked. What others ask of one stands first.

import { useState } from "preact/hooks";
import type { FriendEntry } from "../../protocol/community/entities.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Empty } from "../parts/empty.tsx";
import { Field, Form, useSubmit } from "../parts/form.tsx";
import { Icon, type IconName } from "../parts/icon.tsx";
import { type Action, Menu } from "../parts/menu.tsx";
import { PageHead } from "../shell/page-head.tsx";
import { client, friendList } from "../state/cache.ts";
import { writeTo } from "../state/conversations.ts";
import { attempt, say } from "../state/notices.ts";
import { personOf } from "../state/people.ts";
import { words } from "../words.ts";
import { Profile } from "./profile.tsx";
import { WatchInvitation } from "./watch-invitation.tsx";

const text = words.conversations;
const FILTERS = ["online", "all", "pending", "blocked"] as const;
type Filter = (typeof FILTERS)[number];
type Friend = Pick<FriendEntry, "user_id" | "name" | "state">;

const isOnline = ({ user_id }: Friend) => (personOf(user_id).status ?? "offline") !== "offline";

const shows: Record<Filter, (friend: Friend) => boolean> = {
  online: (friend) => friend.state === "friend" && isOnline(friend),
  all: ({ state }) => state === "friend",
  pending: ({ state }) => state === "outgoing",
  blocked: ({ state }) => state === "blocked",
};

const emptiness: Record<Filter, [icon: IconName, title: string, text: string]> = {
  online: ["people", words.people.none_online, words.people.none_online_text],
  all: ["people", words.people.no_friends, words.people.no_friends_text],
  pending: ["check", words.people.no_pending, ""],
  blocked: ["shield", words.people.no_blocked, ""],
};

export function People() {
  const [filter, setFilter] = useState<Filter>("all");
  const [profile, setProfile] = useState<number | null>(null);
  const [watching, setWatching] = useState<Friend | null>(null);
  const friends = friendList() as Friend[];
  const incoming = friends.filter(({ state }) => state === "incoming");
  const shown = friends
    .filter(shows[filter])
    .sort((one, other) => Number(isOnline(other)) - Number(isOnline(one)) || one.name.localeCompare(other.name));
  const [icon, title, text] = emptiness[friends.length === 0 ? "all" : filter];
  return (
    <main class="page">
      <PageHead title={words.people.friends} />
      <div class="page-body">
        <AddFriend />
        {incoming.length > 0 && (
          <section aria-labelledby="requests">
            <h2 class="over-title" id="requests">
              {words.people.requests}
            </h2>
            <ul class="cards">
              {incoming.map((friend) => (
                <Request key={friend.user_id} friend={friend} />
              ))}
            </ul>
          </section>
        )}
        <fieldset class="tabs" aria-label={words.people.filters}>
          {FILTERS.map((one) => (
            <button key={one} type="button" aria-pressed={one === filter} onClick={() => setFilter(one)}>
              {words.people[one]}
            </button>
          ))}
        </fieldset>
        {shown.length === 0 && incoming.length === 0 && <Empty {...{ icon, title, text }} />}
        <ul class="cards">
          {shown.map((friend) => (
            <FriendRow
              key={friend.user_id}
              friend={friend}
              onOpen={() => setProfile(friend.user_id)}
              onWatch={() => setWatching(friend)}
            />
          ))}
        </ul>
      </div>
      {profile !== null && <Profile user_id={profile} server_id={0} onClose={() => setProfile(null)} />}
      {watching && <WatchInvitation friend={watching} onClose={() => setWatching(null)} />}
    </main>
  );
}

function AddFriend() {
  const [times, setTimes] = useState(0);
  const submit = useSubmit(async ({ name = "" }) => {
    const reply = await client.value?.ask("add_friend", { name: name.trim() });
    const said = reply?.friend.state === "friend" ? words.people.now_friends : words.people.sent;
    say(said(reply?.friend.name ?? name));
    setTimes(times + 1);
  });
  return (
    <div class="add-friend" key={times}>
      <Form action={words.people.send_request} fields={["name", "user_id"]} {...submit}>
        <Field
          name="name"
          label={words.people.add_label}
          placeholder={words.people.add_hint}
          autoComplete="off"
          autoCapitalize="none"
          refusal={submit.refusal}
        />
      </Form>
    </div>
  );
}

const update = (user_id: number, action: "accept" | "decline" | "block" | "unblock") =>
  void attempt(client.value?.ask("update_friend", { user_id, action }) ?? Promise.resolve());
const end = (user_id: number) => void attempt(client.value?.ask("delete_friend", { user_id }) ?? Promise.resolve());

function Request({ friend: { user_id, name } }: { friend: Friend }) {
  const { picture } = personOf(user_id);
  return (
    <li class="card">
      <Avatar id={user_id} name={name} picture={picture} size={38} />
      <span class="who">
        <strong>
          <bdi>{name}</bdi>
        </strong>
        <span>{words.people.wants}</span>
      </span>
      <button type="button" class="button small go" onClick={() => update(user_id, "accept")}>
        {words.people.accept}
      </button>
      <button type="button" class="button small" onClick={() => update(user_id, "decline")}>
        {words.people.decline}
      </button>
    </li>
  );
}

function FriendRow({ friend, onOpen, onWatch }: { friend: Friend; onOpen(): void; onWatch(): void }) {
  const { user_id, name, state } = friend;
  const person = personOf(user_id);
  const status = person.status ?? "offline";
  const actions: Action[] =
    state === "blocked"
      ? [{ name: words.people.unblock, run: () => update(user_id, "unblock") }]
      : state === "outgoing"
        ? [{ name: words.people.withdraw, run: () => end(user_id) }]
        : [
            ...(status !== "offline"
              ? [{ name: words.people.invite_to_watch, icon: "film" as const, run: onWatch }]
              : []),
            { name: words.people.end, icon: "close", run: () => end(user_id) },
            { name: words.people.block, icon: "shield", is_danger: true, run: () => update(user_id, "block") },
          ];
  const doing = person.playing ? words.people.playing(person.playing) : person.custom_status;
  const said = state === "outgoing" ? words.people.asked : (doing ?? words.statuses[status as "online"]);
  return (
    <li class="card">
      <button type="button" class="whole" onClick={onOpen}>
        <Avatar
          id={user_id}
          name={name}
          picture={person.picture}
          size={38}
          status={state === "friend" ? status : undefined}
        />
        <span class="who">
          <strong>
            <bdi>{name}</bdi>
          </strong>
          {state !== "blocked" && <span>{said}</span>}
        </span>
      </button>
      {state === "friend" && (
        <button
          type="button"
          class="button small"
          aria-label={text.placeholder(name)}
          onClick={() => void writeTo(user_id)}
        >
          {text.message}
        </button>
      )}
      <Menu label={words.people.more(name)} actions={actions} align="end">
        <Icon name="more" />
      </Menu>
    </li>
  );
}
